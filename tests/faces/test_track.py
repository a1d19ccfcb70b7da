from collections import defaultdict

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.faces.face import Face
from tasks.faces.shots import Shots
from tasks.faces.track import PATIENCE, Tracker, overlap, smooth
from tasks.synthetic.clips import clip


def _box(x: float, y: float = 50, side: float = 40) -> Face:
    return Face(x, y, side, side, 0.9)


BOXES = st.builds(Face, st.floats(0, 99), st.floats(0, 99), st.floats(1, 99), st.floats(1, 99), st.just(0.9))


@given(BOXES, BOXES)
def test_overlap_is_a_symmetric_share(one: Face, other: Face) -> None:
    assert 0 <= overlap(one, other) <= 1 + 1e-9
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1)


def test_overlap_by_hand() -> None:
    assert overlap(_box(0), _box(20)) == pytest.approx(1 / 3)
    assert overlap(_box(0), _box(40)) == 0
    assert overlap(_box(0), _box(500)) == 0


def test_moving_faces_keep_their_numbers_whatever_their_order() -> None:
    tracker = Tracker()
    assert tracker.step([_box(0), _box(100)]) == [0, 1]
    for step in range(1, 12):
        left, right = _box(4 * step), _box(100 - 2 * step)
        if step % 2:
            assert tracker.step([right, left]) == [1, 0]
        else:
            assert tracker.step([left, right]) == [0, 1]


def test_faces_that_cross_one_above_the_other_keep_their_numbers() -> None:
    tracker = Tracker()
    tracker.step([_box(0, 40), _box(120, 70)])
    for step in range(1, 13):
        assert tracker.step([_box(10 * step, 40), _box(120 - 10 * step, 70)]) == [0, 1]


@pytest.mark.parametrize("missed", range(5))
def test_a_face_may_be_missed_for_as_long_as_patience_says(missed: int) -> None:
    tracker = Tracker()
    assert tracker.step([_box(50)]) == [0]
    for _ in range(missed):
        assert tracker.step([]) == []
    assert tracker.step([_box(52)]) == [0 if missed <= PATIENCE else 1]


def test_a_new_face_and_one_too_far_away_are_new_tracks() -> None:
    tracker = Tracker()
    assert tracker.step([_box(0)]) == [0]
    assert tracker.step([_box(2), _box(100)]) == [0, 1]
    assert tracker.step([_box(2, 140), _box(100)]) == [2, 1]


def test_the_best_sum_of_overlaps_decides() -> None:
    tracker = Tracker()
    tracker.step([_box(0), _box(30)])
    # Greedy matching would give the first face of the best pair away and start a new track.
    assert tracker.step([_box(16), _box(46)]) == [0, 1]


def test_a_cut_ends_all_tracks() -> None:
    tracker = Tracker()
    assert tracker.step([_box(50)]) == [0]
    assert tracker.step([_box(50)], cut=True) == [1]
    assert tracker.step([_box(50)]) == [1]


@pytest.mark.chain
@pytest.mark.parametrize(("faces", "shots", "every"), [(2, 1, 4), (3, 2, 4), (2, 3, 6), (3, 1, 10)])
def test_drawn_people_keep_their_numbers(faces: int, shots: int, every: int) -> None:
    """Numbers of true boxes in drawn clips: at least 95 % of links, and none over a cut."""
    links = right = mixed = 0
    for index in range(3):
        made = clip(7, index, 3.0, 20.0, shots, faces, 320, 240)
        truth = defaultdict(list)
        for face in made.truth:
            truth[face.frame].append(face)
        tracker, seen_shots, last, owner = Tracker(), Shots(), dict[int, int](), dict[int, int]()
        for frame, picture in enumerate(made.frames):
            if frame % every:
                continue
            seen = truth[frame]
            boxes = [Face(one.x, one.y, one.w, one.h, 1) for one in seen]
            numbers = tracker.step(boxes, bool(seen_shots.step(picture)))
            for number, one in zip(numbers, seen, strict=True):
                assert owner.setdefault(number, one.identity) == one.identity
                if one.identity in last:
                    links += 1
                    right += last[one.identity] == number
                last[one.identity] = number
    assert links >= 20
    assert mixed == 0
    assert right / links >= 0.95


def _certain(*labels: int) -> npt.NDArray[np.float32]:
    return np.asarray(np.eye(7)[list(labels)] * 0.7 + 0.3 / 7, np.float32)


def test_one_different_face_among_many_is_smoothed_away() -> None:
    times = 200.0 * np.arange(5, dtype=np.float64)
    found = smooth(np.zeros(5, np.int64), times, _certain(3, 3, 5, 3, 3))
    assert found.tolist() == [3] * 5


def test_tracks_do_not_mix_and_far_times_do_not_matter() -> None:
    times = np.array([0.0, 0.0, 200.0, 200.0])
    assert smooth(np.array([0, 1, 0, 1]), times, _certain(3, 5, 3, 5)).tolist() == [3, 5, 3, 5]
    assert smooth(np.zeros(3, np.int64), np.array([0.0, 1e5, 2e5]), _certain(1, 2, 3)).tolist() == [1, 2, 3]


def test_uneven_times_leave_no_face_out() -> None:
    """Many samples at the beginning and one much later, as screen recordings have it."""
    times = np.array([*range(0, 1000, 100), 1e5])
    assert smooth(np.zeros(11, np.int64), times, _certain(*[3] * 10, 5)).tolist() == [3] * 10 + [5]


def test_smoothing_by_hand() -> None:
    probabilities = np.array([[0.6, 0.4], [0.1, 0.9], [0.6, 0.4]], np.float32)
    near, far = np.array([0.0, 100.0, 200.0]), np.array([0.0, 1000.0, 2000.0])
    zero = np.zeros(3, np.int64)
    assert smooth(zero, near, probabilities).tolist() == [1, 1, 1]
    assert smooth(zero, far, probabilities, ms=100.0).tolist() == [0, 1, 0]
    assert smooth(zero[:0], near[:0], probabilities[:0]).tolist() == []


def test_a_long_track_is_smoothed_like_a_short_one() -> None:
    times = 40.0 * np.arange(2500, dtype=np.float64)
    labels = (times // 20000).astype(int) % 7
    random = np.random.default_rng(0)
    spoiled = np.where(random.random(2500) < 0.2, random.integers(0, 7, 2500), labels)
    found = smooth(np.zeros(2500, np.int64), times, _certain(*spoiled))
    assert (found == labels).mean() > 0.97
    weights = np.exp(-0.5 * ((times[1020:1030, None] - times[None]) / 1000) ** 2)
    assert found[1020:1030].tolist() == (weights @ _certain(*spoiled)).argmax(axis=1).tolist()
