"""From values of a measure to places across a chart. All bins are equally wide there, so a logarithmic one is too."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.explore.measures import Axis, Counts
from tasks.report.charts import ticks

FEWEST = 12  # bins across a chart, so that one value isn't drawn as a wall


@dataclass(frozen=True, eq=False)
class Scale:
    """The bins ``first`` to ``last`` (not included) of an axis, drawn from edge to edge.

    Attributes:
        axis: with all its bins.
        first: the leftmost bin shown.
        last: the bin after the rightmost.
        thresholds: name and value of each.
    """

    axis: Axis
    first: int
    last: int
    thresholds: tuple[tuple[str, float], ...] = ()

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def width(self) -> float:
        """Percent of the chart that a bin takes."""
        return 100 / (self.last - self.first)

    def cut(self, counts: Counts) -> list[int]:
        """Counts of the bins that are shown; the last axis of ``counts`` is that of the bins, others are summed."""
        flat: list[int] = counts.reshape(-1, counts.shape[-1]).sum(axis=0)[self.first : self.last].tolist()
        return flat

    def left(self, at: int) -> float:
        """Percent at which the ``at``-th shown bin begins."""
        return at * self.width

    def said(self, at: int) -> str:
        """The values of the ``at``-th shown bin."""
        low, high = self.axis.edges[self.first + at : self.first + at + 2]
        return f"{self.axis.name} {low:.4g} to {high:.4g}"

    def across(self, value: float) -> float:
        """Percent at which ``value`` lies."""
        edges = np.log(self.axis.edges) if self.axis.log else self.axis.edges
        place = float(np.interp(math.log(value) if self.axis.log else value, edges, np.arange(len(edges))))
        return (place - self.first) * self.width

    def ticks(self) -> list[tuple[float, float]]:
        """A few round values and their percent."""
        low, high = self.axis.edges[self.first], self.axis.edges[self.last]
        values = _log_ticks(low, high) if self.axis.log else [tick for tick in ticks(float(high)) if tick >= low]
        return [(value, self.across(value)) for value in values]

    def marks(self) -> list[tuple[str, float, float]]:
        """Name, value and percent of each threshold that is in view."""
        placed = [(name, value, self.across(value)) for name, value in self.thresholds]
        return [mark for mark in placed if 0 <= mark[2] <= 100]


def fit(axis: Axis, counts: Counts, thresholds: Sequence[tuple[str, float]]) -> Scale:
    """The part of ``axis`` that holds the counted images (bins,), and thresholds close to them."""
    used = np.flatnonzero(counts)
    low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, len(counts))
    room = max((high - low) // 3, 2)
    for _, value in thresholds:
        place = int(np.searchsorted(axis.edges, value))
        if low - room <= place <= high + room:
            low, high = min(low, place - 1), max(high, place + 1)
    spare = max(FEWEST - (high - low), 0)
    low = max(low - spare // 2 - 1, 0)
    high = min(max(high + spare // 2 + 1, low + FEWEST), len(counts))
    return Scale(axis, min(low, high - FEWEST), high, tuple(thresholds))


def _log_ticks(low: float, high: float) -> list[float]:
    """1, 10, 100 and so on; with 2 and 5 between them where these are few."""
    powers: npt.NDArray[np.int64] = np.arange(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        values = [factor * 10.0**power for power in powers.tolist() for factor in factors]
        inside = [value for value in values if low <= value <= high]
        if len(inside) >= 3:
            return inside
    return inside
