"""Distributions of a measure as inline SVG: columns of counts, or outlines that compare."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from tasks.explore.charts import short, svg
from tasks.explore.scale import Scale
from tasks.report.words import number, share

PLOT = 118  # pixels, height of the part that holds marks
TOP = 22  # pixels above it


class Curve(NamedTuple):
    """Images per shown bin of one split or class, which gives the colour."""

    kind: str
    counts: Sequence[int]


def histogram(title: str, scale: Scale, kept: Sequence[int], rejected: Sequence[int]) -> Markup:
    """Columns: kept images, and on top of them those that were left out; thresholds as lines.

    Args:
        title: what is shown.
        scale: of the bins.
        kept: images of each bin of ``scale``.
        rejected: the same.
    """
    highest = max((a + b for a, b in zip(kept, rejected, strict=True)), default=0) or 1
    marks = []
    for at, (stayed, left) in enumerate(zip(kept, rejected, strict=True)):
        if stayed or left:
            said = f"{scale.said(at)}: {number(stayed)} kept, {number(left)} left out"
            # A few left-out images beside thousands must still be seen.
            tall, extra = PLOT * stayed / highest, max(PLOT * left / highest, 1.5) if left else 0.0
            marks.append(
                Markup(
                    '<g><title>{}</title><rect class="k k-kept mark" x="{x}%" y="{y}" width="{w}%" height="{h}"/>'
                    '<rect class="k k-left mark" x="{x}%" y="{top}" width="{w}%" height="{more}"/></g>'
                ).format(
                    said, x=short(scale.left(at)), w=short(scale.width * 0.9), y=short(TOP + PLOT - tall),
                    h=short(tall), top=short(TOP + PLOT - tall - extra), more=short(extra),
                )
            )  # fmt: skip
    words = f"{number(sum(kept))} images kept, {number(sum(rejected))} left out"
    return svg("columns", title, words, TOP + PLOT + 22, [*_frame(scale, f"{number(highest)} images"), *marks])


def curves(title: str, scale: Scale, series: Sequence[Curve]) -> Markup:
    """Outlines of several distributions, each as shares of its own images, so that small and large ones compare."""
    shares = [np.asarray(curve.counts) / max(sum(curve.counts), 1) for curve in series]
    highest = max((float(part.max(initial=0)) for part in shares), default=0.0) or 1.0
    marks = []
    for curve, part in zip(series, shares, strict=True):
        tops = (TOP + PLOT * (1 - part / highest)).tolist()
        path = f"M{short(scale.left(0))},{TOP + PLOT}" + "".join(
            f"V{short(y)}H{short(scale.left(at + 1))}" for at, y in enumerate(tops)
        )
        marks.append(
            Markup(
                '<svg class="k k-{}" width="100%" height="{h}" viewBox="0 0 100 {h}" preserveAspectRatio="none">'
                "<title>{}: {} images</title>"
                '<path class="curve" d="{}V{}"/></svg>'
            ).format(curve.kind, curve.kind, number(sum(curve.counts)), path, TOP + PLOT, h=TOP + PLOT)
        )
    words = "; ".join(f"{curve.kind} {number(sum(curve.counts))} images" for curve in series)
    return svg("columns", title, words, TOP + PLOT + 22, [*_frame(scale, share(highest, 1)), *marks])


def _frame(scale: Scale, highest: str) -> list[Markup]:
    """Ground line, ticks, height and thresholds of a histogram."""
    ground = TOP + PLOT
    marks = [
        Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/><text class="axis" x="0" y="{1}">{2}</text>'
               '<line class="base" x1="0" x2="100%" y1="{3}" y2="{3}"/>').format(TOP, TOP - 6, highest, ground)
    ]  # fmt: skip
    for value, x in scale.ticks():
        side = "" if x < 4 else " end" if x > 96 else " mid"
        marks.append(
            Markup('<text class="axis{}" x="{}%" y="{}">{}</text>').format(side, short(x), ground + 16, f"{value:g}")
        )
    for name, value, x in scale.marks():
        side = "end" if x > 50 else ""
        marks.append(
            Markup(
                '<g class="limit"><title>threshold {name}: {value}</title><line x1="{x}%" x2="{x}%" y1="{y}" '
                'y2="{ground}"/><text class="axis {side}" x="{x}%" y="{up}" dx="{shift}">{name} {value}</text></g>'
            ).format(
                name=name, value=f"{value:g}", x=short(x), y=TOP - 4, ground=ground, side=side, up=TOP + 10,
                shift=-5 if side else 5,
            )
        )  # fmt: skip
    return marks
