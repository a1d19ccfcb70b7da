"""How far two profiles are apart, one quantity at a time.

Two things have to hold before a quantity has drifted. It has moved far enough to matter: the population stability
index (Siddiqi, "Credit Risk Scorecards", 2006) of a distribution, or for a rate the share that changed sides, is at
its threshold. And chance alone does not explain it: Kolmogorov and Smirnov's test where bins have an order, the
chi-square test where they have none, at ``alpha`` over all quantities together (Bonferroni). An index of few
observations is large by itself, so what chance adds to it on average is taken off first.

These are few lines on SciPy, where Evidently would be a package of many: it wants the rows of both sides at hand and
a table in memory, and counts every row as an observation. Here the rows of a year are gone, their counts remain, and a
face that is seen in a thousand frames is one person.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tasks.monitor.profile import Profile
from tasks.monitor.quantities import QUANTITIES, Quantity
from tasks.params import Monitor

Verdict = Literal["drifted", "steady", "few", "none"]  # few: too few on a side; none: nothing to hold it against
Against = Literal["model", "runs", ""]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """What came of one quantity.

    Attributes:
        against: the model's evaluation, or the first runs.
        apart: index, or share that changed sides; 0 at least, None where nothing can be said.
        bound: from which ``apart`` is drift.
        test: of chance.
        p: of a difference at least this large by sampling alone.
        now: observations in the window that say something of their own; ``before``: in the reference.
        shares: of each bin in the window; ``expected``: in the reference.
    """

    name: str
    verdict: Verdict
    against: Against = ""
    apart: float | None = None
    bound: float = 0.0
    test: str = ""
    p: float | None = None
    now: int = 0
    before: int = 0
    shares: tuple[float, ...] = ()
    expected: tuple[float, ...] = ()


def compare(newest: Profile, references: Mapping[str, tuple[Against, Profile]], wanted: Monitor) -> list[Finding]:
    """Hold ``newest`` against the reference of each quantity; those without one are said so."""
    return [
        one(quantity, newest, *references[name], wanted) if name in references else Finding(name, "none")
        for name, quantity in QUANTITIES.items()
    ]


def one(quantity: Quantity, newest: Profile, against: Against, reference: Profile, wanted: Monitor) -> Finding:
    """One quantity of two profiles."""
    name, bound = quantity.name, threshold(quantity, wanted)
    now, before = newest.independent(name), reference.independent(name)
    if not now or not before:
        return Finding(name, "none" if not before else "few", against, bound=bound, now=now, before=before)
    shares, expected = (_shares(side.counts[name]) for side in (newest, reference))
    apart = distance(quantity, shares, expected, now, before)
    test, p = chance(quantity, shares * now, expected * before)
    verdict: Verdict = "drifted" if apart >= bound and p < wanted.alpha / len(QUANTITIES) else "steady"
    return Finding(
        name, "few" if min(now, before) < wanted.least else verdict, against, apart, bound, test, p, now, before,
        tuple(shares.tolist()), tuple(expected.tolist()),
    )  # fmt: skip


def threshold(quantity: Quantity, wanted: Monitor) -> float:
    """From where on it has drifted."""
    return wanted.thresholds.get(quantity.name, wanted.rate if quantity.rate else wanted.psi)


def distance(quantity: Quantity, shares: Shares, expected: Shares, now: int, before: int) -> float:
    """How far apart: the share that changed sides for a rate, else the index less what chance adds to it."""
    if quantity.rate:
        return float(np.abs(shares - expected).sum() / 2)
    used = (shares + expected) > 0
    half = 0.5  # of an observation in each bin, so that none is empty
    one, other = (
        (side[used] * count + half) / (count + half * used.sum()) for side, count in ((shares, now), (expected, before))
    )
    index = float(((one - other) * np.log(one / other)).sum())
    return max(0.0, index - (int(used.sum()) - 1) * (1 / now + 1 / before))


def chance(quantity: Quantity, now: Shares, before: Shares) -> tuple[str, float]:
    """The test, and its p-value, of counts that need not be whole."""
    from scipy import stats

    used = (now + before) > 0
    if used.sum() < 2:
        return "none needed", 1.0
    if quantity.edges:
        largest = np.abs(np.cumsum(now) / now.sum() - np.cumsum(before) / before.sum()).max()
        size = now.sum() * before.sum() / (now.sum() + before.sum())
        # Of binned values the true distance is at least this: the test is careful.
        return "Kolmogorov-Smirnov", float(stats.kstwobign.sf(largest * math.sqrt(size)))
    return "chi-square", float(stats.chi2_contingency(np.stack([now[used], before[used]])).pvalue)


def _shares(counts: tuple[int, ...]) -> Shares:
    found = np.array(counts, np.float64)
    shares: Shares = found / found.sum()
    return shares
