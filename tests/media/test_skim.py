"""What isn't decoded is missed by nobody."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_media import REAL, damaged, video

from tasks.media.sampling import Sampling
from tasks.media.segments import segments
from tasks.media.video import Frame, Video
from tasks.params import Limits


def _seen(data: bytes, sampling: Sampling) -> tuple[list[Frame], Video]:
    with Video(io.BytesIO(data), Limits()) as clip:
        return list(clip.frames(sampling)), clip


def _same(found: list[Frame], expected: list[Frame]) -> None:
    assert [(one.index, one.pts_ms, one.error) for one in found] == [
        (one.index, one.pts_ms, one.error) for one in expected
    ]
    for one, other in zip(found, expected, strict=True):
        assert one.image is not None and other.image is not None and np.array_equal(one.image, other.image)


@settings(max_examples=25, deadline=None)
@given(
    frames=st.integers(1, 120),
    between=st.integers(0, 5),
    keys=st.integers(2, 60),
    pyramid=st.sampled_from(["none", "strict", "normal"]),
    opened=st.booleans(),
    every=st.integers(2, 13),
    container=st.sampled_from(["mp4", "matroska"]),
)
def test_samples_are_those_of_decoding_everything(
    frames: int, between: int, keys: int, pyramid: str, opened: bool, every: int, container: str
) -> None:
    options = f"keyint={keys}:min-keyint=1:bframes={between}:b-pyramid={pyramid}:open-gop={int(opened)}:b-adapt=0"
    data = video(frames, container=container, options={"x264-params": options})
    everything, _ = _seen(data, Sampling(every=1))
    found, clip = _seen(data, Sampling(every=every))
    _same(found, everything[::every])
    assert (clip.total, clip.failed, clip.shortfall()) == (frames, 0, None)


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.integers(5, 400), min_size=2, max_size=80), fps=st.floats(0.3, 30.0), keys=st.integers(5, 40))
def test_variable_rates(steps: list[int], fps: float, keys: int) -> None:
    times = (700 + np.cumsum(steps)).tolist()
    options = {"x264-params": f"keyint={keys}:bframes=3:b-adapt=0"}
    data = video(len(times), container="matroska", times_ms=times, options=options)
    everything, _ = _seen(data, Sampling(every=1))
    found, clip = _seen(data, Sampling(fps=fps))
    assert [one.pts_ms for one in found] == _grid([one.pts_ms or 0.0 for one in everything], fps)
    by_index = {one.index: one for one in everything}
    _same(found, [by_index[one.index] for one in found])
    assert clip.total == len(times) and clip.last_ms == everything[-1].pts_ms


def _grid(times: list[float], fps: float) -> list[float]:
    """The first frame and each in whose half a millisecond another grid point has passed."""
    slots = [int((time + 0.5) * fps / 1000 + 1e-9) for time in times]
    return times[:1] + [time for (before, slot), time in zip(pairwise(slots), times[1:], strict=True) if slot > before]


def test_it_saves_what_nobody_needs() -> None:
    data = video(120, options={"x264-params": "keyint=30:scenecut=0:bframes=3:b-adapt=0"})
    _, clip = _seen(data, Sampling(every=10))
    assert clip.passed > 40 and clip.decoded + clip.passed == 120
    for others in (
        video(60, "mpeg4", options={"bf": "2"}),
        video(60, container="avi", options={"x264-params": "bframes=3"}),
    ):
        _, clip = _seen(others, Sampling(every=10))
        assert clip.passed == 0 and clip.total == 60


def test_longer_than_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.media.skim._PACKETS", 20)
    data = video(120, options={"x264-params": "keyint=50:min-keyint=50:scenecut=0:bframes=3:b-adapt=0"})
    everything, _ = _seen(data, Sampling(every=1))
    found, clip = _seen(data, Sampling(every=7))
    _same(found, everything[::7])
    assert clip.total == 120


@pytest.mark.parametrize("every", [2, 5, 9])
def test_damage_that_is_met_is_counted_and_followed_to_the_next_key_frame(every: int) -> None:
    data = damaged(video(120, options={"x264-params": "keyint=30:scenecut=0:bframes=3:b-adapt=0"}), (40, 41, 42))
    everything, whole = _seen(data, Sampling(every=1))
    found, clip = _seen(data, Sampling(every=every))
    assert clip.total + clip.failed == len(everything) == whole.total + whole.failed
    assert 0 < clip.failed <= whole.failed
    taken = [one for one in found if one.image is not None]
    assert {one.index % every for one in taken} == {0}
    assert len(taken) >= len(everything) // every - 3
    known = {one.pts_ms: one for one in everything}
    for one in taken:
        other = known[one.pts_ms].image
        assert one.image is not None and other is not None and np.array_equal(one.image, other)


@pytest.mark.real
@pytest.mark.long
def test_real_clips() -> None:
    seen = 0
    for path in sorted(REAL.rglob("*.mp4")) + sorted(REAL.rglob("*.mkv")):
        data = path.read_bytes()
        everything, _ = _seen(data, Sampling(every=1))
        found, clip = _seen(data, Sampling(every=5))
        _same(found, everything[::5])
        assert clip.total == len(everything) and len(segments(io.BytesIO(data), 4.0)) > 0
        seen += clip.passed
    assert seen
