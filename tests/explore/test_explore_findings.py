from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_folder import Kept, Left, noise, write_folder

from tasks.explore.findings import findings
from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.scan import Scan, scan
from tasks.explore.seen import Finding
from tasks.params import Explore
from tasks.schema import CHOICES, EMOTIONS


def faces(split: str, each: int = 10, **other: int) -> list[Kept]:
    """``each`` images per class; ``other`` says how many a class has instead."""
    return [
        Kept(f"{split}/{emotion}/{n}", split, emotion, noise(hash_of(split, label, n), 8))
        for label, emotion in enumerate(EMOTIONS)
        for n in range(other.get(emotion, each))
    ]


def hash_of(split: str, label: int, n: int) -> int:
    return len(split) * 1_000_000 + label * 10_000 + n


def found(folder: Path, faces: Sequence[Kept], left: Sequence[Left] = (), /, **manifest: Any) -> list[Finding]:
    prepared = open_folder(write_folder(folder, faces, left, rows=400, duplicates={}, **manifest))
    return findings(prepared.manifest, scan(prepared, Explore()))


def said(findings: Sequence[Finding], part: str) -> Finding:
    matching = [finding for finding in findings if part in finding.text]
    assert len(matching) == 1, [finding.text for finding in findings]
    return matching[0]


def test_nothing_stands_out_in_a_good_set(tmp_path: Path) -> None:
    assert found(tmp_path, faces("training") + faces("public")) == []


def test_totals_that_differ_are_errors_and_come_first(tmp_path: Path) -> None:
    all_of_them = found(tmp_path, faces("training"), kept=71, warnings=["careful"])
    assert [finding.level for finding in all_of_them] == ["error", "warning"]
    assert "images kept: manifest and shards: 71 against 70" in all_of_them[0].text
    assert all_of_them[1] == Finding("warning", "careful", "origin")


def test_a_rare_class_is_a_warning_in_training_and_a_note_elsewhere(tmp_path: Path) -> None:
    all_of_them = found(tmp_path, faces("training", disgust=2) + faces("public", fear=1))
    assert said(all_of_them, "disgust is rare in training: 2 images against 10 of angry.").level == "warning"
    assert said(all_of_them, "fear is rare in public: 1 image against 10 of angry.").level == "note"


def test_warped_copies_fill_a_rare_class(tmp_path: Path) -> None:
    kept = faces("training", disgust=2)
    source = next(one for one in kept if one.emotion == "disgust")
    copies = [replace(source, key=f"copy-{n}", augmented_from=source.key, face=noise(n, 8)) for n in range(3)]
    assert found(tmp_path / "filled", kept + copies) == []
    few = found(tmp_path / "few", faces("training", 30, disgust=2) + copies)
    assert said(few, "disgust is rare in training: 2 images against 30 of angry (and 3 warped).").where == "classes"


def test_a_class_without_images(tmp_path: Path) -> None:
    all_of_them = found(tmp_path, faces("training") + faces("public", sad=0, fear=0))
    assert said(all_of_them, "public has no image of fear, sad.").level == "warning"


def test_torn_groups(tmp_path: Path) -> None:
    kept = [replace(one, group=f"g{n % 35}", fold=n % 2) for n, one in enumerate(faces("training"))]
    across = [replace(one, group="g1", fold=None) for one in faces("public", 0, sad=1)]
    all_of_them = found(tmp_path, [*kept, *across])
    assert said(all_of_them, "35 groups torn between folds.").level == "error"
    assert said(all_of_them, "1 group in several splits").level == "warning"


def test_a_large_loss_and_a_class_that_loses_more(tmp_path: Path) -> None:
    left = [Left(f"x{n}", "training", "fear", "blurred", face=noise(n, 8)) for n in range(60)]
    all_of_them = found(tmp_path, faces("training", 60), left)
    assert said(all_of_them, "12.5\xa0% of all images were left out.").level == "warning"
    assert said(all_of_them, "fear loses 50.0\xa0% of its images").level == "note"


def test_labels_and_files_that_could_not_be_read(tmp_path: Path) -> None:
    left = [Left("a", "training", None, "unknown_label"), Left("b", "training", "sad", "undecodable"),
            Left("c", "training", "sad", "refused")]  # fmt: skip
    all_of_them = found(tmp_path, faces("training", 30), left)
    assert said(all_of_them, "1 image with a label that is no emotion.").where == "rejects"
    assert said(all_of_them, "2 images that could not be opened.").level == "note"


def test_near_duplicates_that_are_labelled_otherwise(tmp_path: Path) -> None:
    kept = faces("training", 100)
    left = [
        Left(f"x{n}", "training", "sad" if n < 9 else "angry", "near_duplicate", "", kept[n].key, noise(n, 8))
        for n in range(60)
    ]
    text = "9 of 60 near duplicates carry another label than the copy that stayed"
    assert said(found(tmp_path, kept, left), text).level == "warning"


def test_duplicates_as_found(prepared: Prepared, scanned: Scan) -> None:
    all_of_them = findings(prepared.manifest, scanned)
    assert said(all_of_them, "1 set of equal images with different labels, 2 images in all.").level == "warning"
    assert said(all_of_them, "1 set of equal images in several splits, as found.").level == "note"


def test_votes_that_disagree(tmp_path: Path) -> None:
    def votes(choice: str) -> tuple[int, ...]:
        return tuple(10 * (one == choice) for one in CHOICES)

    kept = [
        replace(one, votes=votes("neutral" if one.emotion == "fear" and n % 2 else one.emotion))
        for n, one in enumerate(faces("training", 10))
    ]
    assert found(tmp_path / "agree", kept) == []
    kept = [replace(one, votes=votes("contempt")) if one.emotion == "sad" else one for one in kept]
    text = "Labels are those of most voters on 78.6\xa0% of the kept images with votes; least on sad, 0.0\xa0%, "
    assert said(found(tmp_path / "not", kept), text + "often voted contempt.").where == "labels"


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda one: replace(one, face=one.face // 2), "Brightness differs between public and training: medians"),
        (lambda one: replace(one, size=(200, 300)), "Original size differs between public and training: medians 198"),
    ],
)
def test_splits_that_look_otherwise(tmp_path: Path, spoil: Any, text: str) -> None:
    kept = faces("training") + [spoil(one) for one in faces("public")]
    assert said(found(tmp_path, kept), text).level == "note"


def test_a_class_that_looks_otherwise(tmp_path: Path) -> None:
    kept = [
        replace(one, face=np.asarray(one.face // 4 + 180, np.uint8)) if one.emotion == "sad" else one
        for one in faces("training", 60)
    ]
    finding = said(found(tmp_path, kept), "Brightness differs between sad and other classes")
    assert "A network may learn that" in finding.text


def test_another_mix_of_classes(tmp_path: Path) -> None:
    kept = faces("training", 20) + faces("public", 20, happy=60)
    text = "public has another mix of classes than training: happy 33.3\xa0% against 14.3\xa0%."
    assert said(found(tmp_path, kept), text).where == "classes"
