from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.synthetic.compare import compare
from tasks.synthetic.truth import TruthFace, TruthRow, write_truth


def _true(source: str, x: float, emotion: str = "happy", member: str | None = None, **more: Any) -> TruthRow:
    given: dict[str, Any] = {"intensity": 1.0, "frame": 0}
    given |= more
    return TruthRow(source, member, TruthFace(x, 10, 40, 40, 1, emotion, yaw=0, pitch=0, roll=0, **given))


def _found(source: str, x: float, emotion: str = "happy", member: str | None = None, frame: int = 0) -> dict[str, Any]:
    return {
        "source": source,
        "member": member,
        "frame": frame,
        "x": x,
        "y": 10.0,
        "w": 40.0,
        "h": 40.0,
        "emotion": emotion,
    }


def _frame(source: str, member: str | None = None, frame: int = 0, status: str = "scored") -> dict[str, Any]:
    return {"source": source, "member": member, "frame": frame, "status": status}


def _compare(
    tmp_path: Path, true: list[TruthRow], found: list[dict[str, Any]], frames: list[dict[str, Any]]
) -> dict[str, Any]:
    archive = tmp_path / "archive"
    write_truth(tmp_path / "truth.parquet", true)
    for name, rows, columns in (("faces", found, list(_found("", 0))), ("frames", frames, list(_frame("")))):
        (tmp_path / "labels" / name).mkdir(parents=True)
        table = pd.DataFrame([row | {"source": str(archive / row["source"])} for row in rows], columns=columns)
        table.to_parquet(tmp_path / "labels" / name / "part-00000.parquet")
    return compare(tmp_path / "truth.parquet", tmp_path / "labels", archive)


def test_found_missed_and_mislabelled_faces_are_counted(tmp_path: Path) -> None:
    result = _compare(
        tmp_path,
        [_true("a.png", 10), _true("a.png", 100), _true("sub/b.png", 10), _true("z.zip", 10, member="c.png")],
        [_found("a.png", 12), _found("sub/b.png", 5, "sad"), _found("z.zip", 10, member="c.png"), _found("a.png", 200)],
        [_frame("a.png"), _frame("sub/b.png"), _frame("z.zip", "c.png")],
    )
    assert result == {
        "faces_true": 4, "faces_found": 3, "recall": 0.75, "labels_right": 2, "emotion_accuracy": pytest.approx(2 / 3)
    }  # fmt: skip


def test_only_frames_that_were_looked_at_count(tmp_path: Path) -> None:
    true = [_true("v.mp4", 10, frame=frame) for frame in range(10)]
    frames = [_frame("v.mp4", frame=0), _frame("v.mp4", frame=5, status="no_face")]
    frames.append(_frame("v.mp4", frame=9, status="decode_error"))
    result = _compare(tmp_path, true, [_found("v.mp4", 10, frame=0)], frames)
    assert (result["faces_true"], result["faces_found"]) == (2, 1)


def test_a_box_counts_once_and_must_overlap(tmp_path: Path) -> None:
    true = [_true("a.png", 10), _true("a.png", 14)]
    result = _compare(tmp_path, true, [_found("a.png", 12)], [_frame("a.png")])
    assert (result["faces_true"], result["faces_found"]) == (2, 1)


def test_a_box_beside_the_face_is_no_hit(tmp_path: Path) -> None:
    result = _compare(tmp_path, [_true("a.png", 10)], [_found("a.png", 30)], [_frame("a.png")])  # a third overlaps
    assert (result["faces_found"], result["recall"], result["emotion_accuracy"]) == (0, 0, 0)


def test_faint_expressions_are_found_but_not_judged(tmp_path: Path) -> None:
    true = [_true("a.png", 10, intensity=0.2), _true("a.png", 100, "neutral", intensity=0.0)]
    found = [_found("a.png", 10, "sad"), _found("a.png", 100, "neutral")]
    result = _compare(tmp_path, true, found, [_frame("a.png")])
    assert (result["faces_found"], result["labels_right"], result["emotion_accuracy"]) == (2, 1, 1)


def test_a_run_that_found_nothing_has_no_recall(tmp_path: Path) -> None:
    result = _compare(tmp_path, [_true("a.png", 10)], [], [_frame("a.png", status="no_face")])
    assert (result["faces_true"], result["faces_found"], result["recall"]) == (1, 0, 0)


def test_an_archive_without_faces_is_fine(tmp_path: Path) -> None:
    result = _compare(tmp_path, [], [_found("a.png", 10)], [_frame("a.png")])
    assert (result["faces_true"], result["recall"]) == (0, 0)
