"""Units that are a video, with a real (barely trained) network and the Haar cascade."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from made_job import score, scoring_job

from tasks.params import Limits
from tasks.score.job import Job
from tasks.score.rows import Row
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip

pytestmark = pytest.mark.chain


@pytest.fixture
def scoring(bundle_folder: Path) -> Job:
    return scoring_job(bundle_folder)


def _score_video(path: Path, wanted: Job, out: Path) -> tuple[Row, dict[str, list[Row]]]:
    (_,), rows = score(path.parent, wanted, out)
    (file,) = rows["files"]
    return file, rows


def _video(path: Path, seconds: float = 3.0, **more: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    write_clip(path, clip(5, 3, seconds, 10.0, 1, 1, 320, 240), **more)
    return path


def test_a_video_is_sampled_tracked_and_smoothed(tmp_path: Path, scoring: Job) -> None:
    file, rows = _score_video(_video(tmp_path / "media" / "v.mp4"), scoring, tmp_path / "out")
    assert (file["media_type"], file["status"], file["error"]) == ("video", "scored", None)
    assert (file["frames_total"], file["frames_sampled"], file["frames_failed"]) == (30, 6, 0)
    assert [(row["frame"], row["pts_ms"]) for row in rows["frames"]] == [(5 * n, 500.0 * n) for n in range(6)]
    assert file["faces"] == len(rows["faces"]) == sum(row["faces"] for row in rows["frames"]) >= 3
    for row in rows["faces"]:
        assert row["track"] is not None
        assert row["emotion_smoothed"] is not None
        assert row["pts_ms"] == 100.0 * row["frame"]


def test_every_nth_frame_is_taken_when_asked_for(tmp_path: Path, scoring: Job) -> None:
    path = _video(tmp_path / "media" / "v.mkv", 1.0, codec="mpeg4")
    file, rows = _score_video(path, replace(scoring, every=4), tmp_path / "out")
    assert [row["frame"] for row in rows["frames"]] == [0, 4, 8]
    assert (file["frames_total"], file["frames_sampled"]) == (10, 3)


def test_key_frames_alone_are_taken_and_all_frames_are_counted(tmp_path: Path, scoring: Job) -> None:
    path = _video(tmp_path / "media" / "v.mkv", 2.0, codec="mpeg4")  # a key frame every 12
    file, rows = _score_video(path, replace(scoring, sampling="keyframes"), tmp_path / "out")
    assert [row["frame"] for row in rows["frames"]] == [0, 12]
    assert (file["frames_total"], file["frames_sampled"], file["frames_failed"], file["error"]) == (20, 2, 0, None)


def test_adaptive_sampling_takes_more_where_faces_move(tmp_path: Path, scoring: Job) -> None:
    path = _video(tmp_path / "media" / "v.mp4")
    file, rows = _score_video(path, replace(scoring, sampling="adaptive", fps=1.0, most_fps=5.0), tmp_path / "out")
    taken = {row["frame"] for row in rows["frames"]}
    assert {0, 10, 20} < taken <= set(range(0, 30, 2))
    assert (file["frames_total"], file["frames_sampled"]) == (30, len(taken))


@pytest.mark.parametrize("part_seconds", [0.0, 1.0])
def test_damaged_packets_are_counted_and_the_rest_is_labelled(
    tmp_path: Path, scoring: Job, part_seconds: float
) -> None:
    path = _video(tmp_path / "media" / "v.mkv", 4.0, codec="mpeg4")
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    spoiled = bytearray(path.read_bytes())
    for position, size in (places[15], places[16]):
        start = spoiled.index(b"\x00\x00\x01\xb6", position)  # the beginning of a picture
        spoiled[start : position + size] = b"\xa5" * (position + size - start)
    path.write_bytes(spoiled)
    tallies, rows = score(path.parent, scoring, tmp_path / "out", part_seconds)
    (file,) = rows["files"]
    assert len(tallies) == (3 if part_seconds else 1)
    failed = [row for row in rows["frames"] if row["status"] == "decode_error"]
    assert len(failed) == file["frames_failed"] >= 1
    assert file["frames_sampled"] == len(rows["frames"])
    assert file["frames_total"] + file["frames_failed"] == 40
    assert file["status"] == "scored"
    assert all(row["error"] for row in failed)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_video_cut_short_keeps_what_was_there(tmp_path: Path, scoring: Job, share: float) -> None:
    path = _video(tmp_path / "media" / "v.mp4", 3.0, front=True)
    whole = path.read_bytes()
    moov = whole.index(b"mdat") + 8
    path.write_bytes(whole[: moov + int(share * (len(whole) - moov))])
    file, rows = _score_video(path, scoring, tmp_path / "out")
    assert file["error"] is not None
    assert file["frames_sampled"] == len(rows["frames"])
    if share:
        assert file["status"] == "scored"
        assert 0 < file["frames_total"] < 30
        assert "container promises 30 frames" in file["error"]
    else:
        assert (file["status"], file["faces"]) == ("decode_error", 0)


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        (Limits(frame_pixels=1000), "too_large", "frame_pixels"),
        (Limits(unit_seconds=1e-9), "timeout", "unit_seconds"),
    ],
)
def test_a_video_over_a_limit_says_which(tmp_path: Path, scoring: Job, limits: Limits, status: str, said: str) -> None:
    path = _video(tmp_path / "media" / "v.mp4", 1.0)
    file, rows = _score_video(path, replace(scoring, limits=limits), tmp_path / "out")
    assert (file["status"], file["faces"], file["frames_sampled"]) == (status, len(rows["faces"]), len(rows["frames"]))
    assert said in file["error"]


def test_a_video_inside_an_archive_is_scored(tmp_path: Path, scoring: Job) -> None:
    path = _video(tmp_path / "v.mp4", 1.0)
    (tmp_path / "media").mkdir()
    with zipfile.ZipFile(tmp_path / "media" / "all.zip", "w") as packed:
        packed.write(path, "x/v.mp4")
    (_,), rows = score(tmp_path / "media", scoring, tmp_path / "out")
    assert (rows["files"][0]["member"], rows["files"][0]["frames_total"]) == ("x/v.mp4", 10)


def test_a_video_in_parts_is_labelled_as_a_whole(tmp_path: Path, scoring: Job) -> None:
    """Faces, tracks over the parts' borders, shares of time and the file's one row are the same."""
    path = tmp_path / "media" / "v.mp4"
    path.parent.mkdir()
    write_clip(path, clip(5, 3, 6.0, 10.0, 2, 2, 320, 240), codec="mpeg4")  # a key frame in twelve
    (_,), whole = score(path.parent, scoring, tmp_path / "whole")
    tallies, cut = score(path.parent, scoring, tmp_path / "cut", part_seconds=1.0)
    assert len(tallies) == 4
    assert len(whole["tracks"]) >= 2
    for name in ("files", "frames", "faces", "tracks"):
        for rows in (whole[name], cut[name]):
            for row in rows:
                row.pop("seconds", None)
                row.pop("unit", None)
        assert cut[name] == whole[name]
    assert 0 < len(cut["thumbs"]) <= 8
