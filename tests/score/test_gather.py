from pathlib import Path
from typing import Any

import pytest
from made_job import entry, face_row, frame_row

from tasks.schema import FACES, FILES, FRAMES, TRACKS
from tasks.score import gather, parts
from tasks.score.rows import Row
from tasks.score.unit import file_row

CLIP = entry("v.mp4", media_type="video")


def _row(status: str, **more: Any) -> Row:
    return file_row(CLIP, status, **{"frames_sampled": 2} | more)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [(["no_face", "scored"], "scored"), (["no_face", "no_face"], "no_face"), (["scored", "timeout"], "timeout"),
     (["decode_error", "scored"], "scored"), (["decode_error", "decode_error"], "decode_error"),
     (["too_large", "no_face"], "too_large")],
)  # fmt: skip
def test_the_parts_statuses_are_the_videos(statuses: list[str], expected: str) -> None:
    assert gather.merged([_row(status) for status in statuses])["status"] == expected


def test_a_part_that_was_not_read_at_all_is_not_hidden_by_the_others() -> None:
    unread = _row("decode_error", frames_sampled=0, error="gone")
    found = gather.merged([_row("scored"), unread, _row("scored")])
    assert (found["status"], found["error"]) == ("decode_error", "gone")


def test_counts_are_summed_and_the_first_reason_is_kept() -> None:
    one = _row("scored", frames_total=10, frames_sampled=3, frames_failed=1, faces=2, seconds=0.5, error="x")
    other = _row("no_face", frames_total=None, frames_sampled=4, seconds=0.25, error="y")
    found = gather.merged([one, other])
    assert {name: found[name] for name in ("frames_total", "frames_sampled", "frames_failed", "faces", "seconds")} == {
        "frames_total": 10, "frames_sampled": 7, "frames_failed": 1, "faces": 2, "seconds": 0.75}  # fmt: skip
    assert found["error"] == "x (and 1 more parts)"


def test_pictures_are_described_one_by_one(tmp_path: Path) -> None:
    faces = [face_row("a.png"), face_row("a.png", face=1, emotion="sad"), face_row("b.png", emotion="fear")]
    files = [
        file_row(entry(name), "scored" if faces else "no_face", frames_sampled=1, faces=faces)
        for name, faces in (("a.png", 2), ("b.png", 1), ("c.png", 0))
    ]
    frames = [frame_row("a.png", 2), frame_row("b.png", 1), frame_row("c.png")]
    parts.write(tmp_path, "u", {"faces": faces, "frames": frames, "files": files, "thumbs": []})
    found = gather.tables(tmp_path, ["u"])
    for name, schema in (("faces", FACES), ("frames", FRAMES), ("files", FILES), ("tracks", TRACKS)):
        assert found[name].schema.equals(schema), name
    rows = found["files"].to_pylist()
    assert [(row["emotion"], row["share_happy"], row["share_sad"], row["tracks"]) for row in rows] == [
        ("happy", 0.5, 0.5, None), ("fear", 0.0, 0.0, None), (None, None, None, None)]  # fmt: skip
    assert found["faces"]["track"].to_pylist() == [None] * 3


def test_a_video_that_was_not_read_has_no_tracks(tmp_path: Path) -> None:
    parts.write(tmp_path, "u", {"files": [_row("decode_error", frames_sampled=0)]})
    (row,) = gather.tables(tmp_path, ["u"])["files"].to_pylist()
    assert (row["status"], row["tracks"], row["emotion"]) == ("decode_error", None, None)
