from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_job import entry

from tasks.media.segments import Segment
from tasks.score.job import Unit
from tasks.score.predict import LEAST, MOST, Tally, is_video, predict, sample, size


def _images(name: str, *sizes: int) -> Unit:
    return Unit(name, tuple(entry(f"{name}-{n}.png", bytes=size) for n, size in enumerate(sizes)))


def _video(name: str, size: int, parts: int = 1) -> Unit:
    spans = tuple(Segment(first=n) for n in range(parts))
    return Unit(name, (entry(f"{name}.mp4", media_type="video", bytes=size, parts=spans),), spans[0])


def test_a_unit_is_as_large_as_what_it_reads() -> None:
    assert size(_images("a", 10, 20)) == 30
    assert size(_video("b", 600, parts=6)) == 100


def test_a_sample_is_extended_by_bytes_images_and_videos_apart() -> None:
    units = [_images("a", 100), _images("b", 300), _video("c", 1000), _video("d", 3000)]
    timed = [(units[0], Tally(1, 1, 2, {"decode_error": 1}, 0.5, 50)), (units[2], Tally(1, 20, 30, {}, 4.0, 700))]
    found = predict(units, timed)
    assert (found.units, found.timed) == (4, 2)
    assert (found.frames, found.faces, found.failed) == (4 + 80, 8 + 120, 4)
    assert (found.seconds, found.bytes) == (2 + 16, 200 + 2800)


def test_all_units_timed_predict_themselves() -> None:
    units = [_images("a", 7, 9), _video("b", 11)]
    timed = [(unit, Tally(n + 1, 3, 5, {}, 1.5, 100)) for n, unit in enumerate(units)]
    found = predict(units, timed)
    assert (found.frames, found.faces, found.seconds, found.bytes) == pytest.approx((6, 10, 3, 200))


def test_empty_files_weigh_nothing_and_break_nothing() -> None:
    units = [_images("a", 0), _images("b", 0)]
    assert predict(units, [(units[0], Tally(1, 1, 1, {}, 0.5, 9))]).seconds == 0.5


UNITS = st.lists(st.booleans(), max_size=1200).map(
    lambda kinds: [_video(f"{n:04}", 1) if video else _images(f"{n:04}", 1) for n, video in enumerate(kinds)]
)


@given(UNITS.filter(len))
def test_a_sample_has_both_kinds_and_a_sensible_size(units: Sequence[Unit]) -> None:
    drawn = sample(units)
    assert {is_video(unit) for unit in drawn} == {is_video(unit) for unit in units}
    assert len({unit.id for unit in drawn}) == len(drawn) <= len(units)
    assert min(len(units), LEAST) - 1 <= len(drawn) <= MOST + 1
    assert drawn == sample(list(reversed(units)))
