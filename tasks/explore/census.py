"""How many rows of each kind there are: recounted from the tables, to be held against the manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tasks.explore.measures import Counts
from tasks.schema import EMOTIONS, REASONS

LABELS: Final = (*EMOTIONS, "unknown")  # the last, which only rejects have, stands for `schema.UNKNOWN`
_ORDER: Final = ("training", "validation", "public", "private")
_FOLDS: Final = 128  # more than `fold`, an int8, can number


def split_names(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """All splits that the manifest knows: the usual ones first, in the order in which they are used."""
    names = {*manifest["found"], *manifest["counts"]}
    return (*(name for name in _ORDER if name in names), *sorted(names.difference(_ORDER)))


def table(manifest: Mapping[str, Any], key: str, splits: Sequence[str]) -> Counts:
    """(splits, LABELS) images of the manifest's ``key``, such as ``found``."""
    rows = manifest.get(key) or {}
    counts = [[rows.get(split, {}).get(label, 0) for label in LABELS] for split in splits]
    return np.array(counts, np.int64).reshape(-1, len(LABELS))


@dataclass(eq=False)
class Census:
    """Rows counted.

    Attributes:
        splits: their names.
        kept: (splits, emotions) images that stayed.
        augmented: (splits, emotions) warped copies.
        aligned: (splits,) images that were turned upright by their landmarks.
        folds: (folds, emotions), up to the last fold that holds an image.
        rejected: (reasons, splits, LABELS).
    """

    splits: tuple[str, ...]
    kept: Counts = field(init=False)
    augmented: Counts = field(init=False)
    aligned: Counts = field(init=False)
    rejected: Counts = field(init=False)
    _folds: Counts = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.splits), len(EMOTIONS))
        self.kept, self.augmented = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self.aligned = np.zeros(len(self.splits), np.int64)
        self.rejected = np.zeros((len(REASONS), len(self.splits), len(LABELS)), np.int64)
        self._folds = np.zeros((_FOLDS, len(EMOTIONS)), np.int64)

    def add_kept(self, splits: Counts, labels: Counts, table: Any) -> None:
        """Count images that are no copies; ``splits`` and ``labels`` (n,) are positions."""
        np.add.at(self.kept, (splits, labels), 1)
        np.add.at(self.aligned, splits, np.asarray(table["aligned"].to_numpy(), np.int64))
        folds = np.asarray(table["fold"].fill_null(-1).to_numpy(), np.int64)
        np.add.at(self._folds, (folds[folds >= 0], labels[folds >= 0]), 1)

    def add_augmented(self, splits: Counts, labels: Counts) -> None:
        """Count warped copies."""
        np.add.at(self.augmented, (splits, labels), 1)

    def add_rejected(self, reasons: Counts, splits: Counts, labels: Counts) -> None:
        """Count rejects; label -1 is counted as unknown."""
        np.add.at(self.rejected, (reasons, splits, np.where(labels < 0, len(EMOTIONS), labels)), 1)

    @property
    def folds(self) -> Counts:
        """(folds, emotions), up to the last fold that holds an image."""
        used = np.flatnonzero(self._folds.any(axis=1))
        return self._folds[: used[-1] + 1 if len(used) else 0]
