"""One pass over all columns but the pictures: first the rejects, then the shards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.errors import SourceError
from tasks.explore.agreement import Agreement
from tasks.explore.census import Census, split_names
from tasks.explore.copies import Joined
from tasks.explore.groups import Grouper, Groups
from tasks.explore.join import Joiner
from tasks.explore.lowest import Lowest, hashes
from tasks.explore.measures import Counts, Measured
from tasks.explore.prepared import Part, Prepared
from tasks.params import Explore
from tasks.schema import EMOTIONS, MEASURES, REASONS

_VOTED: Final = ("votes", "majority", "entropy")
_KEPT: Final = (
    "key", "split", "label", "sha256", "width", "height", *MEASURES, "aligned", "group", "fold", *_VOTED,
    "augmented_from",
)  # fmt: skip
_REJECTED: Final = ("key", "split", "label", "reason", "duplicate_of", *MEASURES, "votes", "majority")


@dataclass(frozen=True, eq=False)
class Scan:
    """All that was counted, and where the rows lie that are to be shown.

    Attributes:
        samples: kept images per label, in stratum ``label``.
        copies: warped copies per label, in stratum ``label``.
        gallery: rejects per reason, in stratum ``REASONS.index(reason)``.
    """

    census: Census
    measured: Measured
    groups: Groups
    joined: Joined
    agreement: Agreement
    samples: Lowest
    copies: Lowest
    gallery: Lowest


def scan(prepared: Prepared, wanted: Explore, advance: Callable[[int], None] = lambda rows: None) -> Scan:
    """Count every row of a prepared folder and choose what is shown; memory doesn't grow with the pictures.

    Args:
        prepared: the folder.
        wanted: how many of each to show.
        advance: told how many rows are done, again and again.

    Raises:
        SourceError: a table that is missing, damaged, or holds words that this Fermata doesn't know.
    """
    pass_over = _Pass(prepared, wanted)
    done = 0
    for columns, table, add in (
        (_REJECTED, prepared.rejects, pass_over.add_rejected),
        (_KEPT, prepared.kept, pass_over.add_kept),
    ):
        for part in table.parts(columns):
            add(part)
            done += len(part.places)
            advance(done)
    return pass_over.result()


class _Pass:
    """The counters, and how a part's words become positions."""

    def __init__(self, prepared: Prepared, wanted: Explore) -> None:
        self._folder, self._splits = prepared.folder, split_names(prepared.manifest)
        self._census, self._measured = Census(self._splits), Measured(len(self._splits))
        self._agreement, self._grouper, self._joiner = Agreement(wanted.samples), Grouper(), Joiner()
        self._samples, self._copies, self._gallery = (
            Lowest(limit) for limit in (wanted.samples, wanted.samples, wanted.gallery)
        )

    def add_rejected(self, part: Part) -> None:
        """Count some rejects."""
        table = part.table
        reasons = self._positions(table["reason"], REASONS, "reason")
        splits, labels = self._positions(table["split"], self._splits, "split"), self._labels(table, -1)
        self._census.add_rejected(reasons, splits, labels)
        self._measured.add_rejected(splits, table)
        self._agreement.add_rejected(labels, table)
        self._joiner.add_rejected(reasons, splits, labels, table, part.places)
        self._gallery.add(reasons, hashes(table["key"]), part.places)

    def add_kept(self, part: Part) -> None:
        """Count some rows of a shard."""
        warped = part.table["augmented_from"].is_valid().to_numpy()
        splits, labels = self._positions(part.table["split"], self._splits, "split"), self._labels(part.table, 0)
        self._census.add_augmented(splits[warped], labels[warped])
        # Copies of one image differ in their pixels, so their hashes order them as well.
        order = hashes(part.table["sha256"])
        self._copies.add(labels[warped], order[warped], part.places[warped])

        table, places = part.table.filter(pa.array(~warped)), part.places[~warped]
        splits, labels = splits[~warped], labels[~warped]
        self._samples.add(labels, order[~warped], places)
        self._census.add_kept(splits, labels, table)
        self._measured.add_kept(splits, labels, table)
        self._agreement.add_kept(labels, table, places, order[~warped])
        self._joiner.add_kept(splits, labels, table, places)
        self._grouper.add(splits, table, places)

    def result(self) -> Scan:
        """Everything."""
        return Scan(
            self._census, self._measured, self._grouper.result(), self._joiner.result(), self._agreement,
            self._samples, self._copies, self._gallery,
        )  # fmt: skip

    def _positions(self, column: pa.ChunkedArray, among: tuple[str, ...], name: str) -> Counts:
        found = pc.index_in(column, pa.array(among, pa.string()))
        if found.null_count:
            word = column.filter(found.is_null())[0].as_py()
            raise SourceError(f"{self._folder}: {name} {word!r} is none of {', '.join(among)}. Run: fermata prepare")
        return np.asarray(found.to_numpy(), np.int64)

    def _labels(self, table: pa.Table, least: int) -> Counts:
        labels = np.asarray(table["label"].to_numpy(), np.int64)
        strange = labels[(labels < least) | (labels >= len(EMOTIONS))]
        if len(strange):
            raise SourceError(f"{self._folder}: label {strange[0]} is none of 0 .. 6. Run: fermata prepare")
        return labels
