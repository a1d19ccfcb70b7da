"""Cues cover each track from its first sample on, and change where its emotion does."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_faces import faces

from tasks.schema import EMOTIONS
from tasks.show.cues import cues, places

BOX = (10.0, 20.0, 30.0, 40.0)


def test_a_cue_lasts_until_the_emotion_changes_and_the_last_an_interval_longer() -> None:
    seen = faces(
        [(0, 1000 + 500 * n, BOX, name) for n, name in enumerate(["happy", "happy", "sad", "happy"])]
        + [(1, 1500, BOX, "fear")]
    )
    found = [(c.track, c.start, c.end, EMOTIONS[c.emotion]) for c in cues(seen, 1000, 500)]
    assert found == [
        (0, 0, 1000, "happy"), (1, 500, 1000, "fear"), (0, 1000, 1500, "sad"), (0, 1500, 2000, "happy"),
    ]  # fmt: skip


def test_missed_samples_do_not_interrupt_a_cue() -> None:
    (cue,) = cues(faces([(0, 0, BOX, "happy"), (0, 1500, BOX, "happy")]), 0, 500)
    assert (cue.start, cue.end) == (0, 2000)


def test_probabilities_are_averaged() -> None:
    (cue,) = cues(faces([(0, 0, BOX, "sad"), (0, 1, BOX, "sad")], p=0.3), 0, 500)
    assert cue.probability == pytest.approx(0.3)


@pytest.mark.parametrize(("without", "doubt"), [((), False), ((0,), False), ((0, 1), True), ((0, 1, 2), True)])
def test_half_of_the_samples_without_a_label_make_a_cue_doubtful(without: tuple[float, ...], doubt: bool) -> None:
    rows = [(0, float(ms), BOX, "sad") for ms in range(4)]
    (cue,) = cues(faces(rows, without=without), 0, 500)
    assert cue.abstained is doubt


SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 40).map(lambda n: 100.0 * n), st.just(BOX), st.sampled_from(EMOTIONS[:3])
    ),
    min_size=1, max_size=30, unique_by=lambda row: row[:2],
)  # fmt: skip


@given(rows=SAMPLES, origin=st.sampled_from([0.0, 50.0]), interval=st.sampled_from([100.0, 33.3]))
def test_cues_tile_their_tracks(
    rows: list[tuple[int, float, tuple[float, float, float, float], str]], origin: float, interval: float
) -> None:
    found = cues(faces(rows), origin, interval)
    assert [c.start for c in found] == sorted(c.start for c in found)
    for track in {row[0] for row in rows}:
        mine = [c for c in found if c.track == track]
        times = sorted(row[1] for row in rows if row[0] == track)
        assert mine[0].start == max(times[0] - origin, 0)
        assert mine[-1].end >= times[-1] - origin + interval
        assert all(0 <= c.start < c.end for c in mine)
        for one, two in pairwise(mine):
            assert one.end == two.start
            assert one.emotion != two.emotion
        assert sum(len(c.starts) for c in mine) == len(times)


def test_a_label_moves_when_its_face_has() -> None:
    seen = faces([(0, 100.0 * n, (10.0 * n, 0, 40, 40), "happy") for n in range(5)])
    (cue,) = cues(seen, 0, 100)
    found = [(start, end, float(box[0])) for start, end, box in places(cue)]
    assert found == [(0, 200, 0), (200, 400, 20), (400, 500, 40)]
