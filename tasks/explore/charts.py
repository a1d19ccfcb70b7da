"""Charts of a data set as inline SVG, in the manner of `tasks.report.charts`: positions across are percent.

Colours come from the page's CSS through the class ``k-<kind>``. Each chart says its numbers in words in ``<desc>``,
each mark in its ``<title>``. Texts are escaped.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from tasks.report.words import number, share


class Bar(NamedTuple):
    """Images of one class: ``found`` before cleaning, ``kept`` after it, ``warped`` copies on top of them."""

    label: str
    found: int
    kept: int
    warped: int


class Stack(NamedTuple):
    """One bar cut into ``parts``, pairs of kind and images."""

    label: str
    parts: tuple[tuple[str, int], ...]


def classes(title: str, bars: Sequence[Bar]) -> Markup:
    """One bar per class: kept images solid, images that were left out pale behind them, warped copies at the end."""
    whole = max((max(bar.found, bar.kept + bar.warped) for bar in bars), default=0) or 1
    row = Markup(
        '<g class="k k-{label}"><title>{label}: {said}</title><text x="0" y="{y}">{label}</text>'
        '<text class="v" x="100%" y="{y}">{text}</text><rect class="track" x="0" y="{top}" width="100%" height="9" '
        'rx="2"/><rect class="mark ghost" x="0" y="{top}" width="{found}%" height="9" rx="2"/>'
        '<rect class="mark" x="0" y="{top}" width="{kept}%" height="9" rx="2"/>'
        '<rect class="mark warped" x="{kept}%" y="{top}" width="{warped}%" height="9"/></g>'
    )
    marks, words = [], []
    for n, bar in enumerate(bars):
        said = f"{number(bar.kept)} of {number(bar.found)}" if bar.found else number(bar.kept)
        text = said + (f" +{number(bar.warped)}" if bar.warped else "")
        said += f", and {number(bar.warped)} warped copies" if bar.warped else ""
        words.append(f"{bar.label} {said}")
        marks.append(
            row.format(
                label=bar.label, said=said, text=text, y=13 + 36 * n, top=19 + 36 * n,
                **{key: short(100 * getattr(bar, key) / whole) for key in ("found", "kept", "warped")},
            )
        )  # fmt: skip
    return svg("classes", title, "; ".join(words), 36 * len(bars), marks)


def stacks(title: str, rows: Sequence[Stack]) -> Markup:
    """Horizontal bars cut into parts, all on the same scale; a part that is there stays visible."""
    whole = max((sum(n for _, n in row.parts) for row in rows), default=0) or 1
    marks, words = [], []
    for at, row in enumerate(rows):
        total, left = sum(n for _, n in row.parts), 0.0
        y, top = 13 + 36 * at, 19 + 36 * at
        marks.append(
            Markup(
                '<text x="0" y="{y}">{}</text><text class="v" x="100%" y="{y}">{}</text>'
                '<rect class="track" x="0" y="{top}" width="100%" height="9" rx="2"/>'
            ).format(row.label, number(total), y=y, top=top)
        )
        for kind, n in row.parts:
            width = max(100 * n / whole, 0.3) if n else 0.0
            if n:
                marks.append(
                    Markup(
                        '<rect class="k k-{kind} mark" x="{x}%" y="{top}" width="{w}%" height="9"><title>{label}, '
                        "{kind}: {n}</title></rect>"
                    ).format(kind=kind, x=short(left), top=top, w=short(width), label=row.label, n=number(n))
                )
            left += width
        words.append(f"{row.label} {number(total)}")
    return svg("stacks", title, "; ".join(words), 36 * len(rows), marks)


def matrix(title: str, rows: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """A table as a heat map, colour by the share of its row; cells whose row and column have one name stand apart.

    Args:
        title: what is shown.
        rows: their names.
        columns: their names.
        counts: shape (rows, columns).
    """
    cell = 88 / max(len(columns), 1)
    marks = [
        Markup('<text class="axis mid" x="{}%" y="14">{}</text>').format(short(12 + cell * (at + 0.5)), name)
        for at, name in enumerate(columns)
    ]
    square = Markup(
        '<g class="cell"><title>{row}, voted {column}: {n}, {part} of {row}</title>'
        '<rect class="{side}" x="{x}%" y="{y}" width="{w}%" height="38" fill-opacity="{o}"/>'
        '<text class="mid" x="{c}%" y="{y1}">{n}</text><text class="mid small" x="{c}%" y="{y2}">{part}</text></g>'
    )
    for at, (row, line) in enumerate(zip(rows, counts, strict=True)):
        top, whole = 22 + 40 * at, sum(line)
        marks.append(Markup('<text class="axis" x="0" y="{}">{}</text>').format(top + 23, row))
        for place, (column, n) in enumerate(zip(columns, line, strict=True)):
            x = 12 + cell * place
            marks.append(
                square.format(
                    row=row, column=column, n=number(n), part=share(n, whole), x=short(x), y=top, w=short(cell - 0.25),
                    # Half opaque at most: the text on it keeps a contrast of 4.5 in both colour schemes.
                    o=short(0.05 + 0.45 * (n / whole if whole else 0.0)), c=short(x + cell / 2), y1=top + 17,
                    y2=top + 31, side="right" if row == column else "wrong",
                )
            )  # fmt: skip
    words = ", ".join(f"{row} {number(sum(line))}" for row, line in zip(rows, counts, strict=True))
    return svg("heat wide", title, words, 22 + 40 * len(rows), marks)


def svg(kind: str, title: str, said: str, height: int, marks: Sequence[Markup]) -> Markup:
    """A chart around its marks."""
    return Markup(
        '<svg class="chart {}" role="img" aria-label="{}" width="100%" height="{}"><title>{}</title><desc>{}</desc>'
        "{}</svg>"
    ).format(kind, f"{title}. {said}", max(height, 1), title, said, Markup("").join(marks))


def short(value: float) -> str:
    """Two decimals at most, and no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
