"""What was measured of each image, counted into bins that are fixed beforehand, so that any number of rows adds up."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS

Counts = npt.NDArray[np.int64]


class Limit(NamedTuple):
    """A threshold of ``prepare.clean``: its key, and the value at which its rule never fires."""

    key: str
    off: float


@dataclass(frozen=True, eq=False)
class Axis:
    """One measure and its bins.

    Attributes:
        name: of the measure.
        title: for people.
        what: what it says, with its unit.
        edges: (bins + 1,) rising; a value outside falls into the first or last bin.
        limits: thresholds on it.
        log: whether to draw it on a logarithmic axis.
    """

    name: str
    title: str
    what: str
    edges: npt.NDArray[np.float64]
    limits: tuple[Limit, ...] = ()
    log: bool = False

    def thresholds(self, clean: Mapping[str, Any]) -> list[tuple[str, float]]:
        """Name and value of each threshold that holds, by the ``clean`` that the data was prepared with."""
        found = [(limit.key, clean.get(limit.key, limit.off)) for limit in self.limits]
        return [
            (key, float(value)) for (key, value), limit in zip(found, self.limits, strict=True) if value != limit.off
        ]


def _log(low: float, high: float, per_decade: int) -> npt.NDArray[np.float64]:
    edges: npt.NDArray[np.float64] = np.geomspace(low, high, round(math.log10(high / low) * per_decade) + 1)
    return edges


AXES: Final = (
    Axis("mean", "Brightness", "mean grey level, 0 to 255", np.linspace(0, 256, 65),
         (Limit("dark", 0.0), Limit("bright", 255.0))),
    Axis("std", "Contrast", "standard deviation of grey levels", np.linspace(0, 128, 65), (Limit("blank_std", 0.0),)),
    Axis("sharpness", "Sharpness", "mean square frequency of edges: 0 for even faces, about 2 for photographs, "
         "5 for noise", np.linspace(0, 8, 81), (Limit("sharpness", 0.0),)),
    Axis("two_tone", "Two-tone", "share of pixels near one of two levels; drawings and thresholded pictures lie on "
         "the right", np.linspace(0, 1, 51), (Limit("two_tone", 1.0),)),
    Axis("side", "Original size", "pixels of the shorter side", _log(1, 16384, 16), (Limit("min_side", 1.0),),
         log=True),
)  # fmt: skip
_REJECTED: Final = ("mean", "std", "sharpness", "two_tone")  # the originals' sizes aren't kept


@dataclass(eq=False)
class Measured:
    """Histograms of all measures, by name.

    Attributes:
        kept: (splits, emotions, bins) images that stayed, warped copies left out.
        rejected: (splits, bins) images that were left out and could be measured.
    """

    splits: int
    kept: dict[str, Counts] = field(init=False)
    rejected: dict[str, Counts] = field(init=False)

    def __post_init__(self) -> None:
        bins = {axis.name: len(axis.edges) - 1 for axis in AXES}
        self.kept = {name: np.zeros((self.splits, len(EMOTIONS), n), np.int64) for name, n in bins.items()}
        self.rejected = {name: np.zeros((self.splits, n), np.int64) for name, n in bins.items()}

    def add_kept(self, splits: Counts, labels: Counts, table: Any) -> None:
        """Count rows of a shard: ``splits`` and ``labels`` (n,) are positions."""
        for axis in AXES:
            values = _side(table) if axis.name == "side" else table[axis.name].to_numpy()
            _count(self.kept[axis.name], splits * len(EMOTIONS) + labels, values, axis.edges)

    def add_rejected(self, splits: Counts, table: Any) -> None:
        """Count rows of rejects; those without pixels have nothing to count."""
        for axis in AXES:
            if axis.name in _REJECTED:
                _count(self.rejected[axis.name], splits, table[axis.name].to_numpy(), axis.edges)


def quantiles(counts: Counts, edges: npt.NDArray[np.float64], shares: tuple[float, ...]) -> list[float]:
    """Values under which ``shares`` of the counted images lie, as far as the bins tell; NaN of none.

    Args:
        counts: (bins,).
        edges: (bins + 1,).
        shares: each 0..1.
    """
    whole = counts.sum()
    if not whole:
        return [math.nan] * len(shares)
    below = np.concatenate([[0.0], np.cumsum(counts) / whole])
    return [float(np.interp(share, below, edges)) for share in shares]


def distance(one: Counts, other: Counts) -> float:
    """Kolmogorov and Smirnov's distance of two histograms, 0..1: the largest gap of their cumulative shares."""
    if not one.sum() or not other.sum():
        return 0.0
    return float(np.abs(np.cumsum(one) / one.sum() - np.cumsum(other) / other.sum()).max())


def _side(table: Any) -> npt.NDArray[np.int32]:
    shorter: npt.NDArray[np.int32] = np.minimum(table["width"].to_numpy(), table["height"].to_numpy())
    return shorter


def _count(counts: Counts, rows: Counts, values: npt.NDArray[Any], edges: npt.NDArray[np.float64]) -> None:
    """Add to ``counts`` (..., bins) where ``rows`` (n,) is the flat position of all axes but the last."""
    bins = len(edges) - 1
    known = ~np.isnan(values)
    # A value just under an edge may be stored as one just over it: float32 is compared with float32.
    places = np.clip(
        np.searchsorted(edges.astype(np.float32), values[known].astype(np.float32), "right") - 1, 0, bins - 1
    )
    counts += np.bincount(rows[known] * bins + places, minlength=counts.size).reshape(counts.shape)
