"""Where splits or classes differ in what should not tell them apart.

A distance between two distributions is Kolmogorov and Smirnov's. The bounds are rules of thumb, not tests of
significance.
"""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from tasks.explore import measures
from tasks.explore.measures import Axis, Counts
from tasks.explore.seen import Finding, Seen
from tasks.report.words import share
from tasks.schema import EMOTIONS

MIX: Final = 0.05  # share of a split's images that would have to change class to match the others
DRIFT: Final = 0.12  # distance of a measure between two splits
TELLTALE: Final = 0.25  # distance of a measure between a class and the others
FEW: Final = 50  # images under which a distribution says little
MOST: Final = 3  # findings of one rule


def mix(seen: Seen) -> Iterator[Finding]:
    """Classes that are more or less frequent in one split than in the reference."""
    for other in seen.others:
        row, base = (seen.scan.census.kept[n] for n in (other, seen.reference))
        if min(row.sum(), base.sum()) >= FEW:
            moved = np.abs(row / row.sum() - base / base.sum())
            if moved.sum() / 2 > MIX:
                most = int(moved.argmax())
                here, there = (share(int(counts[most]), int(counts.sum())) for counts in (row, base))
                names = f"{seen.splits[other]} has another mix of classes than {seen.splits[seen.reference]}"
                yield Finding("note", f"{names}: {EMOTIONS[most]} {here} against {there}.", "classes")


def drift(seen: Seen) -> Iterator[Finding]:
    """Measures that differ between a split and the reference."""
    found: list[tuple[float, str]] = []
    for axis in measures.AXES:
        by_split = seen.scan.measured.kept[axis.name].sum(axis=1)
        for other in seen.others:
            names = seen.splits[other], seen.splits[seen.reference]
            found += _compared(axis, by_split[other], by_split[seen.reference], names, DRIFT)
    yield from (Finding("note", text, "measures") for _, text in sorted(found, reverse=True)[:MOST])


def telltale(seen: Seen) -> Iterator[Finding]:
    """Measures that tell a class from the others before any face is looked at."""
    found: list[tuple[float, str]] = []
    for axis in measures.AXES:
        by_class = seen.scan.measured.kept[axis.name].sum(axis=0)
        for row, emotion in zip(by_class, EMOTIONS, strict=True):
            found += _compared(axis, row, by_class.sum(axis=0) - row, (emotion, "other classes"), TELLTALE)
    for _, text in sorted(found, reverse=True)[:MOST]:
        yield Finding("note", f"{text} A network may learn that instead of the expression.", "measures")


def _compared(
    axis: Axis, one: Counts, other: Counts, names: tuple[str, str], bound: float
) -> Iterator[tuple[float, str]]:
    apart = measures.distance(one, other)
    if apart > bound and min(one.sum(), other.sum()) >= FEW:
        here, there = (measures.quantiles(counts, axis.edges, (0.5,))[0] for counts in (one, other))
        if not math.isclose(here, there, rel_tol=0.02):
            text = f"{axis.title} differs between {names[0]} and {names[1]}: medians {here:.3g} and {there:.3g}"
            yield apart, f"{text}, distance {apart:.2f}."
