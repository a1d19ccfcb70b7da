from typing import Any

import numpy as np
import pytest

from tasks.explore.audit import checks
from tasks.explore.census import LABELS, split_names, table
from tasks.explore.prepared import Prepared
from tasks.explore.scan import Scan


def test_splits_come_in_the_order_of_their_use() -> None:
    known: dict[str, Any] = {"found": {"public": {}, "b": {}, "training": {}}, "counts": {"validation": {}, "a": {}}}
    assert split_names(known) == ("training", "validation", "public", "a", "b")


def test_unknown_labels_are_found(prepared: Prepared, scanned: Scan) -> None:
    found = table(prepared.manifest, "found", scanned.census.splits)
    assert found.sum() == prepared.manifest["images"]
    assert found[:, LABELS.index("unknown")].tolist() == [1, 0, 0]
    assert table({}, "augmented", ("training",)).tolist() == [[0] * 8]


def test_a_sound_folder_agrees_in_every_figure(prepared: Prepared, scanned: Scan) -> None:
    found = checks(prepared.manifest, scanned)
    assert len(found) > 50
    assert [check for check in found if not check.ok] == []


def change(manifest: dict[str, Any], *keys: str, by: int = 1) -> dict[str, Any]:
    first, *rest = keys
    return manifest | {first: change(manifest[first], *rest, by=by) if rest else manifest[first] + by}


@pytest.mark.parametrize(
    "keys",
    [("images",), ("kept",), ("rejected",), ("counts", "public", "sad"), ("augmented", "training", "disgust"),
     ("found", "training", "unknown"), ("rejects", "blank"), ("votes", "images"), ("votes", "agreeing")],
    ids=".".join,
)  # fmt: skip
def test_each_figure_of_the_manifest_is_counted_again(prepared: Prepared, scanned: Scan, keys: tuple[str, ...]) -> None:
    assert [check for check in checks(change(prepared.manifest, *keys), scanned) if not check.ok]


def test_folds_are_counted_again(prepared: Prepared, scanned: Scan) -> None:
    folds = prepared.manifest["folds"]
    assert sum(folds) == int(scanned.census.folds.sum()) > 0
    longer = prepared.manifest | {"folds": [*folds, 4]}
    assert [check.name for check in checks(longer, scanned) if not check.ok] == ["fold 3: manifest and shards"]


def test_copies_are_apart_from_images(scanned: Scan) -> None:
    assert scanned.census.augmented.sum() == 3
    assert np.flatnonzero(scanned.census.augmented.sum(axis=0)).tolist() == [1]
    assert scanned.census.kept.sum() == 125
