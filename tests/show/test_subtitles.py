"""Subtitles fit what a player shows: the moment at which its clock is 0, and the picture's size."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from made_faces import results
from made_job import face_row
from made_media import video

from tasks.errors import UsageError
from tasks.media.sampling import Sampling
from tasks.media.video import read_frames
from tasks.params import Limits
from tasks.show import finished, subtitles


def rows(path: Path, **more: Any) -> list[dict[str, Any]]:
    """One face that stands still in every fifth of a second."""
    return [
        face_row(str(path), f.index, media_type="video", track=0, pts_ms=f.pts_ms, emotion_smoothed="happy", **more)
        for f in read_frames(str(path), Sampling(fps=5.0), Limits())
    ]


def written(out: Path, form: str = "vtt") -> list[tuple[str, str, int, str | None]]:
    run = finished.finished(out)
    return [
        (path.relative_to(out / "to").as_posix(), path.read_text(), cues, why)
        for path, cues, why in subtitles.write(out, run, out / "to", form)
    ]


def with_sound(path: Path, picture_from_ms: int) -> None:
    """A clip whose sound begins at 0 and whose picture begins later."""
    with av.open(str(path), "w", format="matroska") as output:
        sound: Any = output.add_stream("aac", rate=8000)
        shown: Any = output.add_stream("mpeg4", rate=10)
        shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
        for number in range(24):
            piece = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            piece.rate, piece.pts, piece.time_base = 8000, 1024 * number, Fraction(1, 8000)
            output.mux(sound.encode(piece))
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="bgr24")
            frame.pts, frame.time_base = picture_from_ms // 100 + number, Fraction(1, 10)
            output.mux(shown.encode(frame))
        for stream in (sound, shown):
            output.mux(stream.encode(None))


def test_a_transport_stream_begins_at_another_time_than_0(tmp_path: Path) -> None:
    path = tmp_path / "v.ts"
    path.write_bytes(video(30, container="mpegts", times_ms=[5000 + 40 * n for n in range(30)]))
    found = rows(path)
    assert found[0]["pts_ms"] >= 5000
    ((_, text, _, why),) = written(results(tmp_path / "out", found, [str(path)]))
    assert why is None
    assert "\n00:00:00.000 --> 00:00:01.200" in text


def test_where_sound_begins_earlier_the_picture_comes_later(tmp_path: Path) -> None:
    path = tmp_path / "v.mkv"
    with_sound(path, 1500)
    out = results(tmp_path / "out", rows(path), [str(path)])
    ((_, text, _, why),) = written(out)
    start = text.split(" --> ")[0].split("\n")[-1]
    assert why is None
    assert 1.4 < float(start.split(":")[2]) <= 1.6


def test_a_video_that_is_gone_gets_subtitles_without_places(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(video(30))
    out = results(tmp_path / "out", rows(path), [str(path)])
    path.unlink()
    for form, absent in (("vtt", "line:"), ("ass", "\\pos")):
        ((_, text, cues, why),) = written(out, form)
        assert why is not None
        assert "No such file" in why
        assert cues == 1
        assert absent not in text
        assert "#0 happy 90 %" in text


def test_the_resolution_is_that_of_the_upright_picture(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(video(10, rotation=90))
    ((_, text, _, _),) = written(results(tmp_path / "out", rows(path), [str(path)]), "ass")
    assert "PlayResX: 48\nPlayResY: 64" in text


def test_two_videos_of_one_name(tmp_path: Path) -> None:
    found = []
    for folder in ("a", "b"):
        (tmp_path / "media" / folder).mkdir(parents=True)
        (tmp_path / "media" / folder / "v.mp4").write_bytes(video(10))
        found += rows(tmp_path / "media" / folder / "v.mp4")
    found.append(face_row("picture.png"))
    names = [name for name, *_ in written(results(tmp_path / "out", found, [str(tmp_path / "media")]))]
    assert names == ["media/a/v.mp4.vtt", "media/b/v.mp4.vtt"]


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_run_that_has_not_ended(tmp_path: Path, state: str) -> None:
    out = results(tmp_path / "out", [], [])
    (out / "run.json").write_text((out / "run.json").read_text().replace("finished", state))
    with pytest.raises(UsageError, match=f"{state}.*--resume"):
        finished.finished(out)
