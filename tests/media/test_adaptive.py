from fractions import Fraction
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.media.adaptive import Adaptive, Box
from tasks.media.sampling import Sampler, Sampling

MILLISECOND = Fraction(1, 1000)
Grey = npt.NDArray[np.uint8]
STILL = np.full((90, 160), 100, np.uint8)
OTHER = np.full((90, 160), 180, np.uint8)
GAPS = st.lists(st.integers(1, 400), min_size=1, max_size=60)
RATES = st.tuples(st.sampled_from([0.5, 1.0, 2.0, 3.0]), st.sampled_from([3.0, 5.0, 10.0, 29.97]))


def taken(
    times: list[int], pictures: list[Grey], fps: float, most: float, boxes: list[list[Box]] | None = None
) -> list[int]:
    sampler = Adaptive(Sampling(fps=fps, mode="adaptive", most_fps=most), MILLISECOND)
    found = []
    for number, (time, picture) in enumerate(zip(times, pictures, strict=True)):
        if sampler.takes(time * MILLISECOND, lambda picture=picture: picture):  # type: ignore[misc]
            found.append(time)
            if boxes is not None:
                sampler.saw(boxes[number])
    return found


def by_fps(times: list[int], fps: float) -> list[int]:
    sampler = Sampler(Sampling(fps=fps), MILLISECOND)
    return [time for time in times if sampler.takes(time * MILLISECOND)]


def rising(gaps: list[int]) -> list[int]:
    return list(accumulate(gaps))


@given(GAPS, RATES)
def test_where_nothing_happens_it_is_fps(gaps: list[int], rates: tuple[float, float]) -> None:
    times = rising(gaps)
    assert taken(times, [STILL] * len(times), *rates, [[(10, 10, 20, 20)]] * len(times)) == by_fps(times, rates[0])


@given(GAPS, RATES)
def test_where_everything_changes_it_is_most_fps_and_those_of_fps(gaps: list[int], rates: tuple[float, float]) -> None:
    times = rising(gaps)[:15]
    pictures = [np.full((9, 16), 17 * number, np.uint8) for number in range(len(times))]
    assert set(taken(times, pictures, *rates)) == {*by_fps(times, rates[0]), *by_fps(times, rates[1])}


@settings(deadline=None)
@given(GAPS, RATES, st.data())
def test_any_pictures_and_faces_stay_between_the_rates(
    gaps: list[int], rates: tuple[float, float], data: st.DataObject
) -> None:
    times = rising(gaps)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    pictures = [rng.integers(0, data.draw(st.integers(1, 255)), (18, 32), np.uint8) for _ in times]
    side = st.floats(-50, 50)
    boxes = st.lists(st.tuples(side, side, st.floats(0, 60), st.floats(0, 60)), max_size=3)
    seen = [data.draw(boxes) for _ in times]
    found = taken(times, pictures, *rates, seen)
    least, most = by_fps(times, rates[0]), by_fps(times, rates[1])
    assert set(least) <= set(found) <= {*least, *most}
    assert found == taken(times, pictures, *rates, seen)  # nothing but its input decides
    for second in range(0, times[-1] + 1, 1000):
        assert sum(second <= time < second + 1000 for time in found) <= rates[0] + rates[1] + 2


def test_a_cut_is_seen_at_the_next_chance() -> None:
    times = list(range(0, 1000, 40))
    pictures = [STILL if time < 400 else OTHER for time in times]
    assert taken(times, pictures, 1, 5) == [0, 400]
    assert taken(times, pictures, 1, 2) == [0, 520]  # the grid of two frames per second decides when


def test_a_face_that_changes_is_seen_when_the_faces_are_told() -> None:
    times = list(range(0, 1000, 100))
    smiling = STILL.copy()
    smiling[30:40, 40:60] = 140
    face = STILL.copy()
    face[18:22, 38:62] = face[34:36, 40:60] = 60  # eyes and mouth
    smiling[18:22, 38:62] = 60
    pictures = [face if time < 500 else smiling for time in times]
    told: list[list[Box]] = [[(30.0, 10.0, 40.0, 40.0)]] * len(times)
    assert taken(times, pictures, 1, 10, told) == [0, 500]
    assert taken(times, pictures, 1, 10) == [0]  # too little of the picture


def test_a_brighter_face_is_no_other_face() -> None:
    face = STILL.copy()
    face[18:22, 38:62] = 60
    assert taken([0, 200, 400], [face, face + np.uint8(8), face], 1, 5, [[(30, 10, 40, 40)]] * 3) == [0]


def test_a_face_that_moved_a_little_is_no_other_face() -> None:
    face = STILL.copy()
    face[18:22, 38:62] = face[34:36, 40:60] = 60
    moved = np.roll(face, (2, 5), (0, 1))
    assert taken([0, 200, 400], [face, moved, moved], 1, 5, [[(30, 10, 40, 40)]] * 3) == [0]


def test_a_face_that_moved_is_expected_to_move_on() -> None:
    sampler = Adaptive(Sampling(fps=1, mode="adaptive", most_fps=20), MILLISECOND)

    def takes(ms: int) -> bool:
        return sampler.takes(ms * MILLISECOND, lambda: STILL)

    assert takes(0)
    sampler.saw([(0, 0, 40, 40)])
    assert not takes(500)
    assert takes(1000)
    sampler.saw([(30, 0, 40, 40)])  # three quarters of its width in a second: a quarter in a third
    assert [ms for ms in range(1050, 1400, 50) if takes(ms)] == [1350]
    sampler.saw([(30, 0, 40, 40)])  # it stopped
    assert not any(takes(ms) for ms in range(1400, 1950, 50))


def test_another_face_in_its_place_is_no_movement() -> None:
    sampler = Adaptive(Sampling(fps=1, mode="adaptive", most_fps=20), MILLISECOND)
    for ms, box in ((0, (0, 0, 10, 10)), (1000, (100, 0, 10, 10))):
        assert sampler.takes(ms * MILLISECOND, lambda: STILL)
        sampler.saw([box])
    assert not any(sampler.takes(ms * MILLISECOND, lambda: STILL) for ms in range(1050, 1950, 50))


def test_pictures_are_looked_at_only_where_they_decide() -> None:
    sampler = Adaptive(Sampling(fps=1, mode="adaptive", most_fps=5), MILLISECOND)
    looked: list[int] = []

    def look() -> Grey:
        looked.append(ms)
        return STILL

    for ms in range(0, 1000, 40):
        sampler.takes(ms * MILLISECOND, look)
    assert looked == [0, 200, 400, 600, 800]


@pytest.mark.parametrize(("fps", "most"), [(2.0, 1.0), (2.0, float("inf")), (2.0, float("nan"))])
def test_impossible_rates(fps: float, most: float) -> None:
    with pytest.raises(ValueError, match=r"most_fps >= fps with mode='adaptive'\. Received: every=0"):
        Sampling(fps=fps, mode="adaptive", most_fps=most)


@pytest.mark.parametrize("height", [5e-324, 2.225e-311, 1e-9])
def test_a_face_that_moved_by_nothing_but_rounding_has_not_moved(height: float) -> None:
    times = list(range(0, 1000, 100))
    told: list[list[Box]] = [[(0.0, 0.0, 0.0, 0.0)]] + [[(0.0, 0.0, 0.0, height)]] * 9
    assert taken(times, [STILL] * 10, 1, 5, told) == by_fps(times, 1)
