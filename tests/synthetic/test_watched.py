from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.synthetic.truth import TruthFace, TruthRow, write_truth
from tasks.synthetic.watched import watch


def _true(frame: int, identity: int = 1, x: float = 10, emotion: str = "happy", intensity: float = 1.0) -> TruthRow:
    face = TruthFace(x, 10, 40, 40, identity, emotion, intensity, 0, 0, 0, frame, 40.0 * frame)
    return TruthRow("v.mp4", None, face)


def _found(frame: int, track: int, x: float = 10, emotion: str = "happy", late: float = 0.0) -> dict[str, Any]:
    return {
        "source": "v.mp4", "member": None, "frame": frame, "pts_ms": 40.0 * frame + late, "x": x, "y": 10.0, "w": 40.0,
        "h": 40.0, "track": track, "emotion_smoothed": emotion,
    }  # fmt: skip


def _watch(folder: Path, true: list[TruthRow], found: list[dict[str, Any]]) -> dict[str, float]:
    write_truth(folder / "truth.parquet", true)
    (folder / "labels" / "faces").mkdir(parents=True)
    rows = [row | {"source": str(folder / "archive" / row["source"])} for row in found]
    pd.DataFrame(rows).to_parquet(folder / "labels" / "faces" / "part-00000.parquet")
    return watch(folder / "truth.parquet", folder / "labels", folder / "archive")


def test_what_is_seen_as_it_is_has_no_fault(tmp_path: Path) -> None:
    true = [_true(frame, person, 100.0 * person) for frame in range(6) for person in (1, 2)]
    found = [_found(frame, person - 1, 100.0 * person) for frame in (0, 2, 4) for person in (1, 2)]
    assert _watch(tmp_path, true, found) == {
        "late_ms": 0, "late_frames": 0, "samples": 6, "people": 2, "tracks": 2, "switches": 0, "accuracy": 1,
        "share_error": 0,
    }  # fmt: skip


def test_switched_tracks_late_times_and_wrong_words_are_counted(tmp_path: Path) -> None:
    true = [_true(frame, emotion="sad" if frame < 2 else "happy") for frame in range(4)]
    found = [_found(0, 0, emotion="sad"), _found(1, 0, late=30), _found(2, 1), _found(3, 0, late=-10)]
    result = _watch(tmp_path, true, found)
    assert result["late_ms"] == 30
    assert result["late_frames"] == pytest.approx(0.75)
    assert (result["tracks"], result["switches"]) == (2, 2)
    assert result["accuracy"] == 0.75
    assert result["share_error"] == pytest.approx(0.25)


def test_faint_expressions_are_neutral_and_pictures_are_left_out(tmp_path: Path) -> None:
    picture = TruthRow("a.png", None, TruthFace(10, 10, 40, 40, 1, "happy", 1.0, 0, 0, 0))
    result = _watch(tmp_path, [_true(0, intensity=0.2), _true(1), picture], [_found(0, 0, emotion="neutral")])
    assert (result["samples"], result["people"], result["accuracy"]) == (1, 0, 1)
