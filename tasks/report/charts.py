"""Charts as inline SVG: pure functions from numbers to markup.

All positions across are percent, so that a chart takes any width while its text keeps its size. Colours come from
the page's CSS through the class ``k-<kind>``, so that they follow the colour scheme. Each chart has a ``<title>`` and
a ``<desc>`` that says its numbers in words; each mark has a ``<title>`` of its own. Texts are escaped.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tasks.report.words import number, share


@dataclass(frozen=True)
class Part:
    """One bar or segment: ``value`` >= 0, ``text`` how to write it, ``kind`` its colour."""

    label: str
    value: float
    text: str
    kind: str


@dataclass(frozen=True)
class Line:
    """One curve: ``points`` (x, y) with rising x; NaN breaks it."""

    label: str
    kind: str
    points: tuple[tuple[float, float], ...]


def bars(title: str, parts: Sequence[Part], whole: float | None = None) -> Markup:
    """Horizontal bars, label and number above each.

    Args:
        title: what is shown.
        parts: one bar each, from the top.
        whole: the value of a full bar; the largest value when left out.
    """
    full = whole or max((part.value for part in parts), default=0) or 1
    row = Markup(
        '<g class="k k-{kind}"><title>{label}: {text}</title><text x="0" y="{y}">{label}</text>'
        '<text class="v" x="100%" y="{y}">{text}</text><rect class="track" x="0" y="{top}" width="100%" height="8" '
        'rx="2"/><rect class="mark" x="0" y="{top}" width="{w}%" height="8" rx="2"/></g>'
    )
    marks = [
        row.format(
            kind=p.kind, label=p.label, text=p.text, y=14 + 38 * i, top=21 + 38 * i, w=short(100 * p.value / full)
        )
        for i, p in enumerate(parts)
    ]
    return svg("bars", title, _sentence(parts), 38 * len(parts), marks)


def proportions(title: str, parts: Sequence[Part]) -> Markup:
    """One bar cut into parts that fill it; a part that is there stays visible, however small."""
    whole = sum(part.value for part in parts) or 1
    widths = [max(part.value / whole, 0.004) if part.value else 0.0 for part in parts]
    scale, left, marks = 100 / (sum(widths) or 1), 0.0, []
    for part, width in zip(parts, widths, strict=True):
        if width:
            marks.append(
                Markup(
                    '<rect class="k k-{} mark" x="{}%" y="0" width="{}%" height="12"><title>{}: {}</title></rect>'
                ).format(part.kind, short(left), short(width * scale), part.label, part.text)
            )
        left += width * scale
    return svg("proportions", title, _sentence(parts), 12, marks)


def lines(
    title: str, curves: Sequence[Line], top: float | None = None, height: int = 220, along: str = "epoch"
) -> Markup:
    """Curves over whole numbers such as epochs, with the y axis from 0 to ``top`` (the largest y when left out).

    Args:
        title: what is shown.
        curves: all on the same axes; the second and later ones are dashed.
        top: end of the y axis.
        height: pixels.
        along: what is counted on the x axis.
    """
    points = [p for curve in curves for p in curve.points if math.isfinite(p[1])]
    low, high = min((x for x, _ in points), default=0.0), max((x for x, _ in points), default=1.0)
    highest = max((y for _, y in points), default=1.0)
    ceiling = top or (highest * 1.08 if highest > 1e-9 else 1.0)
    floor = height - 24

    def across(x: float) -> float:
        return 50.0 if high == low else 6 + 91 * (x - low) / (high - low)

    def down(y: float) -> float:
        return floor - (floor - 16) * min(y, ceiling) / ceiling

    marks = [
        Markup(
            '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/><text class="axis" x="0" y="{1}">{2}</text>'
        ).format(short(down(tick)), short(down(tick) - 4), f"{tick:g}")
        for tick in ticks(ceiling)
    ]
    marks += [
        Markup('<text class="axis mid" x="{}%" y="{}">{}</text>').format(short(across(x)), height - 6, f"{x:g}")
        for x in _labels(sorted({x for x, _ in points}))
    ]
    for index, curve in enumerate(curves):
        shown = [(across(x), down(y), x, y) for x, y in curve.points if math.isfinite(y)]
        path = " ".join(f"{short(x)},{short(y)}" for x, y, _, _ in shown)
        dots = Markup("").join(
            Markup('<circle cx="{}%" cy="{}" r="3"><title>{}, {} {}: {}</title></circle>').format(
                short(x), short(y), curve.label, along, f"{epoch:g}", f"{value:.4g}"
            )
            for x, y, epoch, value in shown
        )
        marks.append(
            Markup(
                '<g class="k k-{}"><svg width="100%" height="{h}" viewBox="0 0 100 {h}" preserveAspectRatio="none">'
                '<polyline class="curve{}" points="{}"/></svg>{}</g>'
            ).format(curve.kind, " dashed" if index else "", path, dots, h=height)
        )
    ends = "; ".join(f"{c.label} ends at {c.points[-1][1]:.3g}" for c in curves if c.points)
    return svg("lines", title, ends, height, marks)


def heat_map(title: str, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """A confusion matrix: rows are the truth, columns what was predicted; colour is the share of the row.

    Args:
        title: what is shown.
        labels: of both axes.
        counts: shape (labels, labels).
    """
    cell = 84 / max(len(labels), 1)
    marks = [
        Markup('<text class="axis mid" x="{}%" y="14">{}</text>').format(short(16 + cell * (i + 0.5)), label)
        for i, label in enumerate(labels)
    ]
    square = Markup(
        '<g class="cell"><title>{truth} read as {label}: {n}, {share} of {truth}</title>'
        '<rect class="{side}" x="{x}%" y="{y}" width="{w}%" height="42" fill-opacity="{o}"/>'
        '<text class="mid" x="{c}%" y="{y1}">{n}</text><text class="mid small" x="{c}%" y="{y2}">{share}</text></g>'
    )
    for row, (truth, line) in enumerate(zip(labels, counts, strict=True)):
        top, whole = 22 + 44 * row, sum(line)
        marks.append(Markup('<text class="axis" x="0" y="{}">{}</text>').format(top + 25, truth))
        for column, (label, n) in enumerate(zip(labels, line, strict=True)):
            # Half opaque at most: the text on it keeps a contrast of 4.5 in both colour schemes.
            part, x = (n / whole if whole else 0.0), 16 + cell * column
            marks.append(
                square.format(
                    side="right" if row == column else "wrong",
                    truth=truth, label=label, n=number(n), share=share(n, whole), o=short(0.05 + 0.45 * part),
                    x=short(x), w=short(cell - 0.3), c=short(x + cell / 2), y=top, y1=top + 19, y2=top + 33,
                )
            )  # fmt: skip
    right = [f"{label} {share(line[i], sum(line))}" for i, (label, line) in enumerate(zip(labels, counts, strict=True))]
    return svg("heat", title, f"Share read rightly: {', '.join(right)}", 22 + 44 * len(labels), marks)


def ticks(ceiling: float) -> list[float]:
    """Two to five round numbers from 0 to at most ``ceiling``."""
    power = 10 ** math.floor(math.log10(ceiling / 2))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if ceiling / (power * factor) < 5)
    return [round(i * step, 10) for i in range(math.floor(ceiling / step + 1e-9) + 1)]


def _labels(values: Sequence[float]) -> list[float]:
    """At most eight of the values, evenly spaced."""
    return list(values[:: max(-(-len(values) // 8), 1)])


def svg(kind: str, title: str, said: str, height: int, marks: Iterable[Markup]) -> Markup:
    """A chart of ``height`` pixels that fills its place; ``said`` are its numbers in words."""
    return Markup(
        '<svg class="chart {}" role="img" aria-label="{}" width="100%" height="{}"><title>{}</title><desc>{}</desc>'
        "{}</svg>"
    ).format(kind, f"{title}. {said}", max(height, 1), title, said, Markup("").join(marks))


def _sentence(parts: Sequence[Part]) -> str:
    return "; ".join(f"{part.label} {part.text}" for part in parts)


def short(value: float) -> str:
    """Two decimals at most, and no trailing zeros: thousands of them make up a page."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
