"""Images that were left out for another one, beside the one that stayed: what they add up to, and which to show."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.explore.measures import Counts
from tasks.explore.prepared import Places
from tasks.schema import EMOTIONS

KINDS: Final = (
    "conflicting_labels", "duplicate_across_splits", "duplicate", "near_duplicate_across_splits", "near_duplicate",
)  # fmt: skip
SHOWN: Final = 5  # copies of one set that are shown


class CopySet(NamedTuple):
    """Images left out for the same reason and the same image.

    Attributes:
        kind: one of KINDS.
        kept: place of the image that stayed, -1 for none.
        left_out: places of at most SHOWN of the others.
        more: how many others there are beside these.
        differ: whether not all of them, the one that stayed included, carry one label.
    """

    kind: str
    kept: int
    left_out: tuple[int, ...]
    more: int
    differ: bool


class Kind(NamedTuple):
    """What one reason adds up to.

    Attributes:
        name: of the reason.
        images: left out for it.
        sets: of images left out for the same image.
        differing: sets in which not all labels are one.
        relabelled: images with another label than the one that stayed.
        orphans: images for which none stayed.
    """

    name: str
    images: int
    sets: int
    differing: int
    relabelled: int
    orphans: int


@dataclass(frozen=True, eq=False)
class Joined:
    """All images left out for another one; arrays are (n,), in the order of the rejects.

    Attributes:
        kinds: position in KINDS.
        codes: number of the image that each was left out for, in the end.
        labels: own label; ``kept_labels`` that of the copy that stayed, -1 for none.
        splits: position of the split; ``kept_splits`` that of the copy that stayed, -1 for none.
        places: in the rejects; ``kept_places`` among the kept, -1 for none.
    """

    kinds: Counts
    codes: Counts
    labels: Counts
    kept_labels: Counts
    splits: Counts
    kept_splits: Counts
    places: Places
    kept_places: Places

    def kind(self, number: int) -> Kind:
        """What ``KINDS[number]`` adds up to."""
        rows, _, differ = self._members(number)
        kept = self.kept_labels[rows]
        relabelled, orphans = (kept >= 0) & (kept != self.labels[rows]), kept < 0
        return Kind(KINDS[number], len(rows), len(differ), int(differ.sum()), int(relabelled.sum()), int(orphans.sum()))

    def leaks(self, splits: int) -> Counts:
        """(splits, splits) images by their own split and that of the copy that stayed."""
        known = self.kept_splits >= 0
        pairs = self.splits[known] * splits + self.kept_splits[known]
        return np.bincount(pairs, minlength=splits * splits).reshape(splits, splits)

    def sets(self, limit: int) -> list[CopySet]:
        """At most ``limit`` sets per kind: those where labels differ first, then in the order of their hashes."""
        found = []
        for number, kind in enumerate(KINDS):
            rows, sets, differ = self._members(number)
            for chosen in np.argsort(~differ, kind="stable")[:limit].tolist():
                members = rows[sets == chosen]
                left_out = tuple(self.places[members[:SHOWN]].tolist())
                kept, more = int(self.kept_places[members[0]]), len(members) - len(left_out)
                found.append(CopySet(kind, kept, left_out, more, bool(differ[chosen])))
        return found

    def _members(self, number: int) -> tuple[Places, Counts, npt.NDArray[np.bool_]]:
        """(n,) rows of a kind, (n,) the set of each in the order of hashes, and (sets,) whether its labels differ."""
        rows = np.flatnonzero(self.kinds == number)
        codes, sets = np.unique(self.codes[rows], return_inverse=True)
        lowest, highest = np.full(len(codes), len(EMOTIONS)), np.full(len(codes), -1)
        for labels in (self.labels[rows], self.kept_labels[rows]):
            known = labels >= 0
            np.minimum.at(lowest, sets[known], labels[known])
            np.maximum.at(highest, sets[known], labels[known])
        return rows, sets, highest > lowest
