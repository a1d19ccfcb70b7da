from pathlib import Path
from typing import Any

import pytest
from html_check import Page
from scored_folder import picture, realistic, write_folder

from tasks.errors import OutputError
from tasks.report.demo import splits, write_demo_report
from tasks.schema import EMOTIONS

HOSTILE = "<script>alert(1)</script>"


def chain(**changes: Any) -> dict[str, Any]:
    """What a demo hands over about its chain."""
    confusion = [[30 if row == column else 1 for column in range(7)] for row in range(7)]
    found = {
        "manifest": {
            "schema_version": "1", "source": "synthetic", "digest": "9f3c" * 16,
            "counts": {"training": dict.fromkeys(EMOTIONS, 90), "public": dict.fromkeys(EMOTIONS, 30)},
            "found": {"training": dict.fromkeys(EMOTIONS, 92), "public": dict.fromkeys(EMOTIONS, 30)},
            "rejects": {"blank": 8, "undecodable": 6},
            "shards": [{"file": "a.parquet", "split": "training", "rows": 630, "bytes": 1_200_000, "sha256": "00"}],
            "images": 854, "kept": 840, "rejected": 14,
        },
        "history": [
            {"epoch": i, "loss": 2.0 / i, "accuracy": 1 - 0.8 / i, "val_loss": 2.1 / i, "val_accuracy": 1 - 0.85 / i,
             "learning_rate": 0.001, "seconds": 8.0}
            for i in range(1, 7)
        ],
        "metrics": {
            "accuracy": 0.8333, "macro_f1": 0.81, "weighted_f1": 0.82, "macro_precision": 0.8, "macro_recall": 0.79,
            "weighted_precision": 0.8, "weighted_recall": 0.8,
            "per_class": {e: {"precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 36} for e in EMOTIONS},
            "confusion": confusion, "labels": list(EMOTIONS), "images": 252, "split": "public", "data_digest": "9f3c",
        },
        "decision": {
            "promoted": True, "version": "1", "champion": None, "split": "public", "images": 252, "digest": "9f3c",
            "checks": [{"name": "accuracy", "value": 0.8333, "bound": 0.5, "champion": None, "gain": None, "ok": True}],
            "reasons": [],
        },
        "sheet": {e: [picture(i, "PNG") for i in range(15)] for e in EMOTIONS},
        "truth": {"faces_true": 330, "faces_found": 311, "recall": 0.942, "labels_right": 280, "emotion_accuracy": 0.9},
    }  # fmt: skip
    return found | changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "score", realistic())


def demo(folder: Path, **changes: Any) -> Page:
    path = write_demo_report(folder.parent / "report.html", score_folder=folder, **chain(**changes))
    assert path == folder.parent / "report.html"
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_tells_the_whole_chain(folder: Path) -> None:
    text = demo(folder).text
    assert "854 images = 840 kept + 8 blank + 6 undecodable" in text
    assert "training 90 of 92" in text
    assert "training, epoch 6: 0.3333" in text
    assert "angry read as angry: 30, 83.3 % of angry" in text
    assert "✓ Version 1 is champion There was no champion before; judged on 252 images of split public" in text
    assert "62 files = 45 scored" in text
    assert "Faces drawn 330" in text
    assert "recall 94.2 %" in text


def test_pictures_of_each_emotion_are_limited(folder: Path) -> None:
    found = demo(folder)
    alts = [str(attributes["alt"]) for tag, attributes in found.elements if tag == "img"]
    assert sum(alt.startswith("Training face, sad") for alt in alts) == 12
    assert all(str(a["src"]).startswith("data:image/") for tag, a in found.elements if tag == "img")


def test_the_snippet_points_at_the_score_folder(folder: Path) -> None:
    assert "pd.read_parquet('score/faces')" in demo(folder).text


def test_a_refusal_is_told_with_its_reasons(folder: Path) -> None:
    checks = [
        {"name": "recall fear", "value": 0.48, "bound": 0.5, "champion": 0.51, "gain": -0.03, "ok": False},
        {"name": "accuracy", "value": 0.73, "bound": 0.7, "champion": 0.71, "gain": 0.02, "ok": True},
    ]
    decision = chain()["decision"] | {"promoted": False, "version": "7", "champion": "4", "checks": checks}
    text = demo(folder, decision=decision | {"reasons": ["recall of fear 0.48 is under its floor 0.50"]}).text
    assert "✗ Version 7 was not promoted Against champion version 4" in text
    assert "recall fear 0.480 0.500 0.510 -0.030 ✗ falls short" in text
    assert "recall of fear 0.48 is under its floor 0.50" in text


def test_without_truth_validation_and_pictures(folder: Path) -> None:
    history = [{"epoch": 1, "loss": 1.0, "accuracy": 0.5, "val_loss": None, "seconds": 3.0}]
    found = demo(folder, truth=None, history=history, sheet={})
    assert "What was there to find" not in found.text
    assert "As the network sees them" not in found.text
    assert "training, epoch 1: 1" in found.text


def test_hostile_texts_stay_text(folder: Path) -> None:
    before = chain()
    manifest = before["manifest"] | {
        "source": HOSTILE, "rejects": {HOSTILE: 3}, "counts": {HOSTILE: {"sad": 1}}, "found": {HOSTILE: {"sad": 2}},
    }  # fmt: skip
    decision = before["decision"] | {"version": HOSTILE, "champion": HOSTILE, "reasons": [HOSTILE], "split": HOSTILE}
    found = demo(folder, manifest=manifest, decision=decision)
    assert found.count("script") == 1
    assert found.text.count(HOSTILE) >= 6


def test_splits_keep_those_that_lost_all() -> None:
    found = splits({"found": {"training": {"sad": 3}, "public": {"sad": 1}}, "counts": {"training": {"sad": 2}}})
    assert [(split.name, split.found, split.kept) for split in found] == [("training", 3, 2), ("public", 1, 0)]


def test_a_missing_score_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no run\.json"):
        write_demo_report(tmp_path / "report.html", score_folder=tmp_path, **chain())
