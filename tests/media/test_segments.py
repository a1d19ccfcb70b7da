"""Parts of videos give what the whole gives."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_media import REAL, damaged, video

from tasks.media.sampling import Sampling
from tasks.media.segments import WHOLE, Segment, segments
from tasks.media.video import Frame, Video
from tasks.params import Limits

pytestmark = pytest.mark.chain

GOP = {"g": "12", "bf": "3", "sc_threshold": "0"}
OPEN = {"x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:open-gop=1:b-adapt=0"}
SAMPLINGS = [Sampling(every=1), Sampling(every=7), Sampling(fps=4.0), Sampling(fps=2.3)]


def _frames(data: bytes, sampling: Sampling, part: Segment = WHOLE) -> tuple[list[Frame], int, int]:
    with Video(io.BytesIO(data), Limits()) as clip:
        frames = list(clip.frames(sampling, part))
        return frames, clip.total, clip.failed


def _told(frames: list[Frame]) -> list[tuple[int, float | None, str | None]]:
    return [(frame.index, frame.pts_ms, frame.error) for frame in frames]


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize(
    ("codec", "container", "options"),
    [("libx264", "mp4", GOP), ("libx264", "matroska", GOP), ("libx264", "mp4", OPEN), ("libx264", "matroska", OPEN),
     ("mpeg4", "mp4", GOP), ("libvpx-vp9", "webm", {"g": "12", "deadline": "realtime", "cpu-used": "8"}),
     ("mjpeg", "mov", {})],
)  # fmt: skip
def test_parts_together_are_the_whole(codec: str, container: str, options: dict[str, str], sampling: Sampling) -> None:
    data = video(75, codec, container, options=options)
    parts = segments(io.BytesIO(data), 0.4)
    assert len(parts) >= 4
    whole, total, _ = _frames(data, sampling)
    pieces = [_frames(data, sampling, part) for part in parts]
    found = [frame for frames, _, _ in pieces for frame in frames]
    assert _told(found) == _told(whole)
    assert sum(count for _, count, _ in pieces) == total == 75
    for one, other in zip(found, whole, strict=True):
        assert one.image is not None and other.image is not None
        assert np.array_equal(one.image, other.image)


def test_variable_rates_and_a_clock_that_does_not_begin_at_zero() -> None:
    steps = np.random.default_rng(1).integers(5, 400, 60)
    times = (3000 + np.cumsum(steps)).tolist()
    data = video(60, container="matroska", times_ms=times, options=GOP)
    parts = segments(io.BytesIO(data), 2.0)
    assert len(parts) >= 3
    for sampling in SAMPLINGS:
        found = [frame for part in parts for frame in _frames(data, sampling, part)[0]]
        assert _told(found) == _told(_frames(data, sampling)[0])


def test_parts_know_what_comes_before_them() -> None:
    first, *others = segments(io.BytesIO(video(75, options=GOP)), 0.4)
    assert (first.first, first.index, first.before) == (None, 0, None)
    assert others[-1].last is None
    for one, next_ in zip([first, *others], others, strict=False):
        assert one.last == next_.first
        assert next_.before is not None and next_.first is not None and next_.before < next_.first
        assert next_.index > one.index
        assert one.holds(next_.before) and not one.holds(next_.first) and next_.holds(next_.first)


def test_damage_stays_in_its_part() -> None:
    data = damaged(video(75, "mjpeg", "mov"), (30, 31))
    parts = segments(io.BytesIO(data), 0.4)
    whole, total, failed = _frames(data, SAMPLINGS[0])
    pieces = [_frames(data, SAMPLINGS[0], part) for part in parts]
    assert _told([frame for frames, _, _ in pieces for frame in frames]) == _told(whole)
    assert [sum(numbers) for numbers in zip(*((a, b) for _, a, b in pieces), strict=True)] == [total, failed]
    assert sum(failed > 0 for _, _, failed in pieces) == 1


@pytest.mark.parametrize(
    ("codec", "container", "options"),
    [
        ("mpeg4", "avi", GOP),
        ("mpeg2video", "mpegts", {}),
        ("libvpx", "webm", {}),
        ("libx264", "mp4", {"g": "999", "sc_threshold": "0"}),
    ],
)
def test_what_is_not_sought_exactly_is_one_part(codec: str, container: str, options: dict[str, str]) -> None:
    assert segments(io.BytesIO(video(75, codec, container, options=options)), 0.5) == (WHOLE,)


def test_a_short_video_and_one_cut_off_are_one_part() -> None:
    data = video(75, container="matroska", options=GOP)
    assert segments(io.BytesIO(data), 60.0) == (WHOLE,)
    assert segments(io.BytesIO(data), 1.5) == (WHOLE,)  # the second part would be shorter
    front = video(75, options=GOP | {"movflags": "faststart"})
    assert len(segments(io.BytesIO(front), 0.5)) > 1


@settings(max_examples=10, deadline=None)
@given(st.floats(0.1, 3.0))
def test_no_part_is_shorter_than_asked_for(seconds: float) -> None:
    data = video(75, options=GOP)
    parts = segments(io.BytesIO(data), seconds)
    for part in parts if len(parts) > 1 else ():
        frames, _, _ = _frames(data, SAMPLINGS[0], part)
        assert len(frames) >= seconds * 30 - 1


@pytest.mark.real
def test_real_clips_are_cut_without_a_change() -> None:
    cut = 0
    for path in sorted(REAL.rglob("*.mkv")) + sorted(REAL.rglob("*.mp4")):
        data = path.read_bytes()
        parts = segments(io.BytesIO(data), 4.0)
        cut += len(parts) > 1
        found = [frame for part in parts for frame in _frames(data, Sampling(fps=1.0), part)[0]]
        assert _told(found) == _told(_frames(data, Sampling(fps=1.0))[0]), path.name
    assert cut
