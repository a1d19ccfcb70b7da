"""Everything that a report shows beside its pictures: charts and tables, from the manifest and what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from tasks.explore import agreement, census, charts, copies, histograms, measures, scale
from tasks.explore.groups import SIZES
from tasks.explore.scan import Scan
from tasks.report.charts import Part, bars
from tasks.report.words import number, share
from tasks.schema import EMOTIONS, REASONS


class Flow(NamedTuple):
    """What became of a split's images: ``found - left_out + moved == kept``."""

    split: str
    found: int
    left_out: int
    moved: int
    kept: int
    augmented: int
    aligned: int


class Measure(NamedTuple):
    """One measure: a chart of all images, one of splits and one of classes, and quantiles of these."""

    axis: measures.Axis
    thresholds: tuple[tuple[str, float], ...]
    all: Markup
    compared: tuple[Markup, Markup]
    rows: tuple[tuple[str, int, tuple[float, ...]], ...]


@dataclass(frozen=True, eq=False)
class View:
    """Charts and tables; counts are images.

    Attributes:
        classes: (name, images found, images kept, chart) of all splits together and of each split.
        flows: one per split.
        reasons: chart of what was left out.
        reason_rows: (reason, images per split) of those that occur.
        measured: one per measure.
        kinds: what each reason that names another image adds up to.
        leaks: (split, images left out per split of the copy that stayed).
        labels: chart of own labels beside votes, and the share that agree: of the kept and of all.
        group_sizes: chart of groups by their number of images.
        folds: (fold, images per emotion).
    """

    classes: tuple[tuple[str, int, int, Markup], ...]
    flows: tuple[Flow, ...]
    reasons: Markup
    reason_rows: tuple[tuple[str, tuple[int, ...]], ...]
    measured: tuple[Measure, ...]
    kinds: tuple[copies.Kind, ...]
    leaks: tuple[tuple[str, tuple[int, ...]], ...]
    labels: "Labels | None"
    group_sizes: Markup
    folds: tuple[tuple[int, tuple[int, ...]], ...]


class Labels(NamedTuple):
    """Own labels beside the votes."""

    images: int
    kept: float
    found: float
    matrix: Markup
    entropy: Markup
    rows: tuple[tuple[str, int, float], ...]


def view(manifest: Mapping[str, Any], scan: Scan) -> View:
    """Draw and tabulate everything."""
    counted, names = scan.census, scan.census.splits
    found = census.table(manifest, "found", names)
    reasons = counted.rejected.sum(axis=2)
    used = [n for n in np.argsort(-reasons.sum(axis=1), kind="stable").tolist() if reasons[n].any()]
    leaks = scan.joined.leaks(len(names))
    return View(
        classes=tuple(_classes(found, counted)),
        flows=tuple(flows(found, counted)),
        reasons=charts.stacks(
            "Images left out by reason and split",
            [charts.Stack(REASONS[n], tuple(zip(names, reasons[n].tolist(), strict=True))) for n in used],
        ),
        reason_rows=tuple((REASONS[n], tuple(reasons[n].tolist())) for n in used),
        measured=tuple(_measure(axis, manifest, scan) for axis in measures.AXES),
        kinds=tuple(kind for n in range(len(copies.KINDS)) if (kind := scan.joined.kind(n)).images),
        leaks=tuple((name, tuple(row)) for name, row in zip(names, leaks.tolist(), strict=True)),
        labels=_labels(scan),
        group_sizes=_group_sizes(scan),
        folds=tuple((fold, tuple(row)) for fold, row in enumerate(counted.folds.tolist())),
    )


def flows(found: measures.Counts, counted: census.Census) -> list[Flow]:
    """What became of each split's images; ``found`` is (splits, LABELS)."""
    before, left_out, kept = found.sum(axis=1), counted.rejected.sum(axis=(0, 2)), counted.kept.sum(axis=1)
    columns = (before, left_out, kept + left_out - before, kept, counted.augmented.sum(axis=1), counted.aligned)
    rows = zip(counted.splits, *(column.tolist() for column in columns), strict=True)
    return [Flow(*row) for row in rows]


def _classes(found: measures.Counts, counted: census.Census) -> list[tuple[str, int, int, Markup]]:
    found = found[:, : len(EMOTIONS)]
    panels = [("all splits", found.sum(axis=0), counted.kept.sum(axis=0), counted.augmented.sum(axis=0))]
    panels += list(zip(counted.splits, found, counted.kept, counted.augmented, strict=True))
    return [
        (name, int(before.sum()), int(after.sum()), charts.classes(f"Images per class, {name}", [
            charts.Bar(emotion, *(int(row[n]) for row in (before, after, warped)))
            for n, emotion in enumerate(EMOTIONS)
        ]))
        for name, before, after, warped in panels
    ]  # fmt: skip


def _measure(axis: measures.Axis, manifest: Mapping[str, Any], scan: Scan) -> Measure:
    kept, rejected = scan.measured.kept[axis.name], scan.measured.rejected[axis.name]
    thresholds = tuple(axis.thresholds(manifest.get("clean") or {}))
    fitted = scale.fit(axis, kept.sum(axis=(0, 1)) + rejected.sum(axis=0), thresholds)
    by_split = {name: row for name, row in zip(scan.census.splits, kept.sum(axis=1), strict=True) if row.any()}
    by_class = {name: row for name, row in zip(EMOTIONS, kept.sum(axis=0), strict=True) if row.any()}
    shares = (0.05, 0.5, 0.95)
    return Measure(
        axis,
        thresholds,
        histograms.histogram(axis.title, fitted, fitted.cut(kept), fitted.cut(rejected)),
        (_compared(f"{axis.title} by split", fitted, by_split), _compared(f"{axis.title} by class", fitted, by_class)),
        tuple(
            (name, int(row.sum()), tuple(measures.quantiles(row, axis.edges, shares)))
            for name, row in (by_split | by_class).items()
        ),
    )  # fmt: skip


def _compared(title: str, fitted: scale.Scale, rows: Mapping[str, measures.Counts]) -> Markup:
    return histograms.curves(title, fitted, [histograms.Curve(name, fitted.cut(row)) for name, row in rows.items()])


def _labels(scan: Scan) -> Labels | None:
    kept = scan.agreement.kept
    found = kept + scan.agreement.rejected
    if not found.any():
        return None
    used = [n for n in range(len(agreement.COLUMNS)) if n < len(EMOTIONS) or found[:, n].any()]
    bits = measures.Axis("entropy", "Entropy of the votes", "bits", agreement.ENTROPY)
    fitted = scale.fit(bits, scan.agreement.entropy, ())
    return Labels(
        int(kept.sum()),
        agreement.share(kept),
        agreement.share(found),
        charts.matrix("Own label and majority of the votes", EMOTIONS, [agreement.COLUMNS[n] for n in used],
                      kept[:, used].tolist()),
        histograms.histogram("Entropy of the votes", fitted, fitted.cut(scan.agreement.entropy), [0] * len(fitted)),
        tuple((emotion, int(row.sum()), float(row[n] / max(row.sum(), 1)))
              for n, (emotion, row) in enumerate(zip(EMOTIONS, kept, strict=True))),
    )  # fmt: skip


def _group_sizes(scan: Scan) -> Markup:
    whole = scan.groups.count
    names = ["1 image" if high == 1 else str(low) if low == high else f"{low} to {high}" if high else f"over {low - 1}"
             for low, high in SIZES]  # fmt: skip
    return bars(
        "Groups by their number of images",
        [Part(name, n, f"{number(n)} · {share(n, whole)}", "kept")
         for name, n in zip(names, scan.groups.sizes, strict=True) if n],
        whole=float(whole or 1),
    )  # fmt: skip
