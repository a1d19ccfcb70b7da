"""Groups of images that belong together, and whether any of them was torn apart."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.explore.lowest import hashes
from tasks.explore.measures import Counts
from tasks.explore.prepared import Places

SIZES: Final = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 100), (101, None))  # images of a group, from and to
LARGEST: Final = 8


class Group(NamedTuple):
    """One group: how many images it has, and where its first lies."""

    images: int
    place: int


@dataclass(frozen=True)
class Groups:
    """All groups of the kept images.

    Attributes:
        count: of groups.
        grouped: images that have company in theirs.
        sizes: groups of each of SIZES.
        across_splits: groups in more than one split.
        across_folds: groups in more than one fold.
        largest: at most LARGEST with several images, the largest first.
    """

    count: int
    grouped: int
    sizes: tuple[int, ...]
    across_splits: int
    across_folds: int
    largest: tuple[Group, ...]


class Grouper:
    """Remembers 18 bytes of each image: its group's hash, split, fold and place."""

    def __init__(self) -> None:
        self._parts: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int8], npt.NDArray[np.int8], Places]] = []

    def add(self, splits: Counts, table: Any, places: Places) -> None:
        """Note images that are no warped copies; arrays are (n,)."""
        folds = np.asarray(table["fold"].fill_null(-1).to_numpy(), np.int8)
        self._parts.append((hashes(table["group"]), splits.astype(np.int8), folds, places))

    def result(self) -> Groups:
        """What they add up to."""
        if not self._parts:
            return Groups(0, 0, (0,) * len(SIZES), 0, 0, ())
        names, splits, folds, places = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        _, first, codes, size = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
        order = np.lexsort((places[first], -size))[:LARGEST]
        return Groups(
            count=len(size),
            grouped=int(size[size > 1].sum()),
            sizes=tuple(
                int(np.count_nonzero((size >= low) & (size <= (high or size.max(initial=0))))) for low, high in SIZES
            ),
            across_splits=_torn(codes, splits),
            across_folds=_torn(codes[folds >= 0], folds[folds >= 0]),
            largest=tuple(Group(int(size[g]), int(places[first[g]])) for g in order if size[g] > 1),
        )


def _torn(codes: Counts, parts: npt.NDArray[np.int8]) -> int:
    """How many codes occur in more than one part."""
    pairs = np.unique(codes.astype(np.int64) * 256 + parts.astype(np.int64))
    return int(np.count_nonzero(np.unique(pairs // 256, return_counts=True)[1] > 1))
