"""Lines about groups of images: none may fall behind the champion by more than a margin, and not by chance.

One group in twenty of two equal models differs at 95 % confidence by chance alone, and there are dozens. So the
confidence is shared by all of them (Bonferroni): that any group of an equal model is refused stays as rare as asked.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tasks.evaluation import bootstrap
from tasks.gate.check import Check
from tasks.gate.evidence import Evidence, Ground
from tasks.gate.lines import SEED
from tasks.params import Promote


def slices(candidate: Evidence, champion: Evidence, ground: Ground, wanted: Promote) -> list[Check]:
    """A line for each group that is large enough; none where it is off."""
    if wanted.slices.margin >= 1:
        return []
    groups = list(_groups(ground, wanted.slices.smallest))
    shared = 1 - (1 - wanted.confidence) / max(1, len(groups))
    resamples = max(wanted.resamples, round(20 / (1 - shared)))  # the ends of such an interval are rare ones
    return [_line(name, rows, candidate, champion, ground, wanted, shared, resamples) for name, rows in groups]


def _groups(ground: Ground, smallest: int) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    for name, values in ground.slices.items():
        column = np.array(values, dtype=np.str_)
        for group in np.unique(column):
            rows = column == group
            if rows.sum() >= smallest:
                yield f"{name} {group}", rows


def _line(
    name: str,
    rows: npt.NDArray[np.bool_],
    candidate: Evidence,
    champion: Evidence,
    ground: Ground,
    wanted: Promote,
    confidence: float,
    resamples: int,
) -> Check:
    before, after = ((one.predicted == ground.labels)[rows] for one in (champion, candidate))
    gain, margin = float(after.mean() - before.mean()), wanted.slices.margin
    drawn = bootstrap.paired(before, after, resamples, confidence, SEED)
    low, high = drawn if drawn else (gain, gain)
    ok = gain >= -margin or high >= 0
    return Check(
        f"slice {name}", float(after.mean()), float(before.mean()) - margin, ">=", float(before.mean()), gain,
        (low, high), ok, f"{int(rows.sum()):,} images" + (", may be chance" if ok and gain < -margin else ""),
        "" if ok else f"accuracy on {name} ({int(rows.sum()):,} images) loses {-gain:.3f} to the champion, more than "
        f"{margin:.3f} (params: promote.slices.margin)",
    )  # fmt: skip
