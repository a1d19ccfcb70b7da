"""How far two profiles are apart, one quantity at a time.

Two things have to hold before a quantity has drifted. It has moved far enough to matter: the population stability
index (Siddiqi, "Credit Risk Scorecards", 2006) of a distribution, or for a rate the share that changed sides, is at
its threshold. And chance alone does not explain it: Kolmogorov and Smirnov's test where bins have an order, the
chi-square test where they have none, at ``alpha`` over all quantities together (Bonferroni). An index of few
observations is large by itself, so what chance adds to it on average is taken off first. Where the runs of one side
differ more than chance would have them, all observations weigh less (``dispersion``).

These are few lines on SciPy, where Evidently would be a package of many: it wants the rows of both sides at hand and
a table in memory, and counts every row as an observation. Here the rows of a year are gone, their counts remain, and a
face that is seen in a thousand frames is one person.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from tasks.monitor.profile import Profile, together
from tasks.monitor.quantities import QUANTITIES, Quantity
from tasks.params import Monitor

# few: too few on a side; none: nothing to hold it against; unmeasured: the newest runs have no such figure.
Verdict = Literal["drifted", "steady", "few", "none", "unmeasured"]
JUDGED: Final = ("drifted", "steady")
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


def compare(
    newest: Sequence[Profile], references: Mapping[str, tuple[Against, Sequence[Profile]]], wanted: Monitor
) -> list[Finding]:
    """Hold the ``newest`` runs against the reference of each quantity; those without one are said so.

    Args:
        references: quantity -> what it is held against, and its profiles: of the first runs, or of the evaluation.
    """
    measured = {name for profile in newest for name in profile.counts}
    return [
        Finding(name, "unmeasured")
        if name not in measured
        else one(quantity, newest, *references[name], wanted)
        if name in references
        else Finding(name, "none", now=together(newest).independent(name))
        for name, quantity in QUANTITIES.items()
    ]


def one(
    quantity: Quantity, newest: Sequence[Profile], against: Against, reference: Sequence[Profile], wanted: Monitor
) -> Finding:
    """One quantity of two groups of profiles."""
    name, bound = quantity.name, threshold(quantity, wanted)
    sides = together(newest), together(reference)
    now, before = (side.independent(name) for side in sides)
    if not now or not before:
        return Finding(name, "none" if not before else "few", against, bound=bound, now=now, before=before)
    shares, expected = (_shares(side.counts[name]) for side in sides)
    uneven = dispersion(name, newest, reference)
    apart = distance(quantity, shares, expected, now / uneven, before / uneven)
    test, p = chance(quantity, shares * now / uneven, expected * before / uneven)
    verdict: Verdict = "drifted" if apart >= bound and p < wanted.alpha / len(QUANTITIES) else "steady"
    return Finding(
        name, "few" if min(now, before) < wanted.least else verdict, against, apart, bound, test, p, now, before,
        tuple(shares.tolist()), tuple(expected.tolist()),
    )  # fmt: skip


def dispersion(name: str, *groups: Sequence[Profile]) -> float:
    """How much more the runs of a group differ among themselves than chance would have them: 1 at least.

    Pearson's chi-square by its degrees of freedom, as of quasi-likelihood (Wedderburn, 1974): what a night has of its
    own, a party or a dark room, is no drift.
    """
    total, freedom = 0.0, 0
    for group in groups:
        rows = [_shares(run.counts[name]) * run.independent(name) for run in group if run.independent(name)]
        table = np.stack(rows) if rows else np.zeros((0, 0))
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / (table.sum() or 1)
        used = table.sum(axis=0) > 0
        total += float(((table - expected)[:, used] ** 2 / expected[:, used]).sum())
        freedom += max(0, len(rows) - 1) * max(0, int(used.sum()) - 1)
    return max(1.0, total / freedom) if freedom else 1.0


def threshold(quantity: Quantity, wanted: Monitor) -> float:
    """From where on it has drifted."""
    return wanted.thresholds.get(quantity.name, wanted.rate if quantity.rate else wanted.psi)


def distance(quantity: Quantity, shares: Shares, expected: Shares, now: float, before: float) -> float:
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
