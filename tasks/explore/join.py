"""Find the image that stayed for each one that was left out for another.

A row of rejects names the other image in `duplicate_of`. Rows of `conflicting_labels` name none: equal pixels have
equal measures, and the four measures together, 128 bits, tell different images apart. An image that was left out
itself hands on to the one that it was left out for.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pandas.util import hash_array

from tasks.explore.copies import KINDS, Joined
from tasks.explore.lowest import NONE, hashes
from tasks.explore.measures import Counts
from tasks.explore.prepared import Places
from tasks.schema import MEASURES, REASONS

_CODES: Final = np.array([REASONS.index(kind) for kind in KINDS])
_HOPS: Final = 3  # from a conflict to a copy to a near duplicate to what stayed

Hashes = npt.NDArray[np.uint64]


class Joiner:
    """First told all rejects, then all kept images; holds some 80 bytes of each image that was left out for another."""

    def __init__(self) -> None:
        none = np.zeros(0, np.uint64)
        self._left: list[tuple[npt.NDArray[Any], ...]] = [(none, none, none, NONE, NONE, NONE, NONE)]
        self._owners: Hashes | None = None

    def add_rejected(self, reasons: Counts, splits: Counts, labels: Counts, table: Any, places: Places) -> None:
        """Note the rows that were left out for another; ``reasons`` (n,) are positions in REASONS."""
        rows = np.flatnonzero(np.isin(reasons, _CODES))
        if len(rows):
            part = table.take(pa.array(rows))
            named = part["duplicate_of"].is_valid().to_numpy()
            keys, pixels = hashes(part["key"]), _pixels(part)
            owners = np.where(named, hashes(pc.fill_null(part["duplicate_of"], "")), pixels)
            kinds = np.argmax(reasons[rows, None] == _CODES, axis=1)
            self._left.append((owners, keys, pixels, kinds, splits[rows], labels[rows], places[rows]))

    def add_kept(self, splits: Counts, labels: Counts, table: Any, places: Places) -> None:
        """Look among images that are no warped copies for those for which others were left out."""
        wanted = self._settled()
        for names in (hashes(table["key"]), _pixels(table)):
            at = np.minimum(np.searchsorted(wanted, names), len(wanted) - 1)
            rows = np.flatnonzero(wanted[at] == names) if len(wanted) else NONE
            for target, values in zip(self._kept, (labels, splits, places), strict=True):
                target[at[rows]] = values[rows]

    def result(self) -> Joined:
        """Everything joined."""
        self._settled()
        kept_labels, kept_splits, kept_places = (values[self._numbers] for values in self._kept)
        _, _, _, kinds, splits, labels, places = self._columns
        return Joined(kinds, self._numbers, labels, kept_labels, splits, kept_splits, places, kept_places)

    def _settled(self) -> Hashes:
        """(m,) rising hashes of all that others were left out for."""
        if self._owners is None:
            self._columns = [np.concatenate(column) for column in zip(*self._left, strict=True)]
            owners, keys, pixels, kinds, *_ = self._columns
            copies = kinds > KINDS.index("conflicting_labels")
            names, first = np.unique(np.concatenate([keys, pixels[copies]]), return_index=True)
            heirs = np.concatenate([owners, owners[copies]])[first]
            for _ in range(_HOPS if len(names) else 0):
                at = np.minimum(np.searchsorted(names, owners), len(names) - 1)
                owners = np.where(names[at] == owners, heirs[at], owners)
            self._owners, self._numbers = np.unique(owners, return_inverse=True)
            self._kept = [np.full(len(self._owners), -1, np.int64) for _ in range(3)]
        return self._owners


def _pixels(table: Any) -> Hashes:
    """(n,) a number per row that equal pixels share."""
    levels = np.stack([table[name].to_numpy() for name in MEASURES], axis=1).astype(np.float32)
    high, low = levels.view(np.uint64).T
    return np.asarray(hash_array(high) + np.uint64(3) * hash_array(low), np.uint64)
