"""Charts over the time of a video: how many faces showed what, and what one face showed when.

Drawn as those of `charts`. Times are milliseconds of the video's own clock, which may begin anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.report.charts import short, svg
from tasks.report.words import clock, named, number, plural

MAX_STEPS = 240  # of a lane: more than that are thinner than a pixel


@dataclass(frozen=True)
class Step:
    """A stretch of a lane in one colour."""

    start_ms: float
    end_ms: float
    kind: str


def timeline(title: str, counts: NDArray[np.int64], kinds: Sequence[str], start_ms: float, end_ms: float) -> Markup:
    """Stacked columns over the time of a video.

    Args:
        title: what is shown.
        counts: faces, shape (bins, kinds).
        kinds: of each layer, from the bottom.
        start_ms, end_ms: at the left and the right edge.
    """
    bins = counts.shape[0]
    tops = np.cumsum(counts, axis=1)
    highest = max(int(tops[:, -1].max(initial=0)), 1)
    layers = []
    for index, kind in enumerate(kinds):
        path = "".join(
            f"M{b},{short(100 - 100 * top / highest)}h.92v{short(100 * n / highest)}h-.92z"
            for b, (top, n) in enumerate(zip(tops[:, index], counts[:, index], strict=True))
            if n
        )
        if path:
            layers.append(Markup('<path class="k k-{} mark" d="{}"/>').format(kind, path))
    step = (end_ms - start_ms) / bins if bins else 0.0
    for b in np.flatnonzero(counts.sum(axis=1)):
        said = ", ".join(f"{named(kind)} {n}" for kind, n in zip(kinds, counts[b], strict=True) if n)
        layers.append(
            Markup('<rect class="hit" x="{}" width="1" height="100"><title>{} to {}: {}</title></rect>').format(
                b, clock(start_ms + b * step), clock(start_ms + (b + 1) * step), said
            )
        )
    body = [
        Markup('<line class="grid" x1="0" x2="100%" y1="16" y2="16"/><text class="axis" x="0" y="12">{}</text>').format(
            f"{highest} face{'' if highest == 1 else 's'}"
        ),
        Markup('<svg y="16" width="100%" height="80" viewBox="0 0 {} 100" preserveAspectRatio="none">{}</svg>').format(
            max(bins, 1), Markup("").join(layers)
        ),
        Markup('<line class="base" x1="0" x2="100%" y1="96" y2="96"/>'),
        *times(start_ms, end_ms, 110),
    ]
    sums = counts.sum(axis=0)
    said = ", ".join(f"{named(kind)} {number(int(n))}" for kind, n in zip(kinds, sums, strict=True) if n)
    return svg("timeline", title, said, 114, body)


def lane(title: str, steps: Sequence[Step], start_ms: float, end_ms: float) -> Markup:
    """One face from where it appears to where it is lost, coloured by what it showed.

    Args:
        title: what is shown.
        steps: in their order, without gaps.
        start_ms, end_ms: at the left and the right edge.
    """
    shown, whole = _bounded(steps), max(end_ms - start_ms, 1e-9)
    paths: dict[str, list[str]] = {}
    for step in shown:
        left, right = (1000 * (time - start_ms) / whole for time in (step.start_ms, step.end_ms))
        paths.setdefault(step.kind, []).append(
            f"M{short(left)},0h{short(max(right - left, 3))}v10h-{short(max(right - left, 3))}z"
        )
    marks = [
        Markup('<path class="k k-{} mark" d="{}"><title>{}</title></path>').format(kind, "".join(found), kind)
        for kind, found in paths.items()
    ]
    said = ", then ".join(f"{step.kind} from {clock(step.start_ms)}" for step in steps)
    if len(steps) > 12:
        said = f"{plural(len(steps) - 1, 'change')} from {clock(steps[0].start_ms)} on"
    body = Markup('<rect class="track" width="100%" height="14" rx="2"/>')
    view = Markup('<svg width="100%" height="14" viewBox="0 0 1000 10" preserveAspectRatio="none">{}</svg>')
    return svg("lane", title, said, 14, [body, view.format(Markup("").join(marks))])


def axis(start_ms: float, end_ms: float) -> Markup:
    """The times below lanes; each lane says its own, so that this one is for the eye only."""
    marks = Markup("").join(times(start_ms, end_ms, 12))
    return Markup('<svg class="chart" aria-hidden="true" width="100%" height="16">{}</svg>').format(marks)


def times(start_ms: float, end_ms: float, y: int) -> list[Markup]:
    """Where a time axis begins, its middle and where it ends."""
    text = Markup('<text class="axis {}" x="{}" y="{}">{}</text>')
    places = (("", "0", start_ms), ("mid", "50%", (start_ms + end_ms) / 2), ("end", "100%", end_ms))
    return [text.format(kind, x, y, clock(time)) for kind, x, time in places]


def _bounded(steps: Sequence[Step]) -> Sequence[Step]:
    """Of many steps those that stand in the middle of ``MAX_STEPS`` equal stretches."""
    if len(steps) <= MAX_STEPS:
        return steps
    edges = np.linspace(steps[0].start_ms, steps[-1].end_ms, MAX_STEPS + 1)
    ends = np.array([step.end_ms for step in steps])
    found = np.searchsorted(ends, (edges[:-1] + edges[1:]) / 2, side="right").clip(0, len(steps) - 1)
    return [
        Step(left, right, steps[index].kind)
        for left, right, index in zip(edges[:-1].tolist(), edges[1:].tolist(), found.tolist(), strict=True)
    ]
