"""Own labels beside the votes of several people."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.errors import SourceError
from tasks.explore.lowest import Lowest
from tasks.explore.measures import Counts
from tasks.explore.prepared import Places
from tasks.schema import CHOICES, EMOTIONS

OPEN: Final = len(CHOICES)  # column of images on which no choice got most votes
COLUMNS: Final = (*CHOICES, "tied")
ENTROPY: Final = np.linspace(0, 3.4, 35)  # bits; ten equal choices have log2(10) = 3.32
_LOT: Final = 1e-6  # less than any two different shares of votes or entropies lie apart
OTHERWISE, DISPUTED = 0, 1  # the two strata of what is shown


@dataclass(eq=False)
class Agreement:
    """Votes counted; ``limit`` images are remembered per label and kind.

    Attributes:
        kept: (emotions, COLUMNS) images that stayed, by own label and majority.
        rejected: the same of images that were left out.
        entropy: (bins of ENTROPY) images that stayed.
        shown: where the images lie that stayed and that most voters label otherwise, surest first, in stratum
            2 * label + OTHERWISE, and those that voters agree least on in 2 * label + DISPUTED.
    """

    limit: int
    kept: Counts = field(init=False)
    rejected: Counts = field(init=False)
    entropy: Counts = field(init=False)
    shown: Lowest = field(init=False)

    def __post_init__(self) -> None:
        self.kept, self.rejected = (np.zeros((len(EMOTIONS), len(COLUMNS)), np.int64) for _ in range(2))
        self.entropy = np.zeros(len(ENTROPY) - 1, np.int64)
        self.shown = Lowest(self.limit)

    def add_kept(self, labels: Counts, table: Any, places: Places, order: npt.NDArray[np.uint64]) -> None:
        """Count images that are no warped copies; those without votes are passed over.

        Args:
            labels: (n,) positions in EMOTIONS.
            table: the rows.
            places: (n,) where they lie.
            order: (n,) hashes, which draw among images that are disputed alike.

        Raises:
            SourceError: votes that are not one number per choice.
        """
        rows, majority = _voted(table)
        if not len(rows):
            return
        own, here, lot = labels[rows], places[rows], order[rows].astype(np.float64) / 2.0**64 * _LOT
        np.add.at(self.kept, (own, majority), 1)
        entropy = table["entropy"].take(pa.array(rows)).to_numpy().astype(np.float64)
        self.entropy += np.histogram(np.clip(entropy, 0, ENTROPY[-1]), ENTROPY)[0]
        votes = _votes(table, rows)
        otherwise = np.flatnonzero((majority != own) & (majority != OPEN))
        lead = votes[otherwise, majority[otherwise]] - votes[otherwise, own[otherwise]]
        self.shown.add(
            2 * own[otherwise] + OTHERWISE, lot[otherwise] - lead / votes[otherwise].sum(axis=1), here[otherwise]
        )
        self.shown.add(2 * own + DISPUTED, lot - entropy, here)

    def add_rejected(self, labels: Counts, table: Any) -> None:
        """Count rejects; those without votes or with an unknown label are passed over."""
        rows, majority = _voted(table)
        known = labels[rows] >= 0
        np.add.at(self.rejected, (labels[rows][known], majority[known]), 1)


def share(counts: Counts) -> float:
    """Share 0..1 of ``counts`` (emotions, COLUMNS) whose own label has most votes; an open vote is no agreement."""
    whole = int(counts.sum())
    return float(np.trace(counts)) / whole if whole else 0.0


def _voted(table: Any) -> tuple[Places, Counts]:
    """Rows with votes, and the column of each one's majority."""
    rows = np.flatnonzero(table["votes"].is_valid().to_numpy())
    named = table["majority"].take(pa.array(rows))
    return rows, np.asarray(pc.fill_null(pc.index_in(named, pa.array(CHOICES)), OPEN).to_numpy(), np.int64)


def _votes(table: Any, rows: Places) -> npt.NDArray[np.float64]:
    column = table["votes"].take(pa.array(rows)).combine_chunks()
    flat = column.flatten().to_numpy()
    if len(flat) != len(rows) * len(CHOICES):
        raise SourceError(f"votes: {len(flat):,} numbers for {len(rows):,} images, expected {len(CHOICES)} each")
    return np.asarray(flat, np.float64).reshape(-1, len(CHOICES))
