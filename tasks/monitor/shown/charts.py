"""Two distributions beside each other as inline SVG, in the manner of `tasks.report.charts`."""

from collections.abc import Sequence

from markupsafe import Markup

from tasks.report.charts import short, svg
from tasks.report.words import share


def pairs(title: str, bins: Sequence[str], expected: Sequence[float], shares: Sequence[float], drifted: bool) -> Markup:
    """Per bin the share in the reference, pale, over the share in the window; bins that both lack are left out."""
    whole = max([*expected, *shares], default=0) or 1
    row = Markup(
        '<g class="k k-{kind}"><title>{label}: {before} before, {now} now</title><text x="0" y="{y}">{label}</text>'
        '<text class="v" x="100%" y="{y}">{before} → {now}</text>'
        '<rect class="mark before" x="0" y="{top}" width="{e}%" height="5" rx="2"/>'
        '<rect class="mark" x="0" y="{under}" width="{s}%" height="7" rx="2"/></g>'
    )
    marks, words = [], []
    used = [at for at in range(len(bins)) if expected[at] or shares[at]]
    for n, at in enumerate(used):
        before, now = share(expected[at], 1), share(shares[at], 1)
        words.append(f"{bins[at]} {before} before, {now} now")
        marks.append(
            row.format(
                kind="apart" if drifted else "window", label=bins[at], before=before, now=now, y=13 + 38 * n,
                top=19 + 38 * n, under=25 + 38 * n, e=short(100 * expected[at] / whole),
                s=short(100 * shares[at] / whole),
            )
        )  # fmt: skip
    return svg("pairs", title, "; ".join(words), 38 * len(used), marks)
