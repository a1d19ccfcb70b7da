"""The same figures as PNG, for slides and `dvc plots`, in the colours of the page."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks import files, report
from tasks.explore.agreement import COLUMNS
from tasks.explore.census import table
from tasks.explore.gallery import Gallery
from tasks.explore.measures import AXES
from tasks.explore.pictures import pixels
from tasks.explore.scale import fit
from tasks.explore.scan import Scan
from tasks.schema import EMOTIONS, REASONS

ACROSS: Final = 16  # pictures in a row of a contact sheet
TILE: Final = 56  # pixels, side of one
_GAP = 4
_DPI = 110
_SPLITS = {"training": "accent", "validation": "happy", "public": "fear", "private": "sad"}  # as explore.css has them


def write_charts(out: Path, manifest: Mapping[str, Any], scan: Scan, gallery: Gallery) -> None:
    """Write classes.png, reasons.png, measures.png, labels.png, samples.png and rejects.png into the folder ``out``.

    All are written each time; one that has nothing to show says so.
    """
    charts = {
        "classes": classes(manifest, scan),
        "reasons": reasons(scan),
        "measures": measures(manifest, scan),
        "labels": labels(scan),
        "samples": sheet({emotion: gallery.bytes.get(emotion, ()) for emotion in EMOTIONS}, "no image was kept"),
        "rejects": sheet({reason: gallery.bytes.get(reason, ()) for reason in REASONS}, "no image was left out"),
    }
    for name, figure in charts.items():
        with files.replacing(out / f"{name}.png") as temporary:
            figure.savefig(temporary, format="png", dpi=_DPI)


def classes(manifest: Mapping[str, Any], scan: Scan) -> Any:
    """Images per class before and after cleaning, warped copies on top: one chart per split."""
    found = table(manifest, "found", scan.census.splits)
    figure, axes = _figure(4 * len(scan.census.splits), 3.6, (1, len(scan.census.splits)))
    places, colours = np.arange(len(EMOTIONS)), [_colours()[emotion] for emotion in EMOTIONS]
    for n, split in enumerate(scan.census.splits):
        kept, warped = scan.census.kept[n], scan.census.augmented[n]
        axes[n].bar(places, found[n, : len(EMOTIONS)], color=colours, alpha=0.28, width=0.8, label="found")
        axes[n].bar(places, kept, color=colours, width=0.5, label="kept")
        axes[n].bar(places, warped, bottom=kept, color=colours, alpha=0.55, width=0.5, hatch="///", label="warped")
        axes[n].set_xticks(places, EMOTIONS, rotation=35, ha="right")
        axes[n].set_title(f"{split}: {kept.sum():,} of {found[n].sum():,}", fontsize=10)
    figure.supxlabel("pale: found, solid: kept, hatched: warped copies", fontsize=8)
    return figure


def reasons(scan: Scan) -> Any:
    """What was left out, by reason and split."""
    counts = scan.census.rejected.sum(axis=2)
    used = np.flatnonzero(counts.any(axis=1))[::-1]
    if not len(used):
        return _nothing("no image was left out")
    figure, axes = _figure(8, 1.2 + 0.32 * len(used), (1, 1))
    left = np.zeros(len(used), np.int64)
    for n, split in enumerate(scan.census.splits):
        colour = _colours()[_SPLITS.get(split, "neutral")]
        axes[0].barh(np.arange(len(used)), counts[used, n], left=left, color=colour, label=split)
        left += counts[used, n]
    axes[0].set_yticks(np.arange(len(used)), [f"{REASONS[n]} {counts[n].sum():,}" for n in used])
    axes[0].set_title(f"{counts.sum():,} images left out", fontsize=10)
    axes[0].legend(frameon=False)
    return figure


def measures(manifest: Mapping[str, Any], scan: Scan) -> Any:
    """Distribution of each measure, kept and left out, with the thresholds."""
    figure, axes = _figure(4 * len(AXES), 3.2, (1, len(AXES)))
    for axis, chart in zip(AXES, axes, strict=True):
        kept, rejected = scan.measured.kept[axis.name], scan.measured.rejected[axis.name]
        thresholds = axis.thresholds(manifest.get("clean") or {})
        scale = fit(axis, kept.sum(axis=(0, 1)) + rejected.sum(axis=0), thresholds)
        edges = axis.edges[scale.first : scale.last + 1]
        stacked = [scale.cut(kept), scale.cut(rejected)]
        colours = [_colours()["accent"], _colours()["bad"]]
        chart.hist([edges[:-1]] * 2, edges, weights=stacked, stacked=True, histtype="stepfilled", color=colours)
        for name, value, _ in scale.marks():
            chart.axvline(value, color=_colours()["bad"], linestyle="--", linewidth=1, label=f"{name} {value:g}")
        if scale.marks():
            chart.legend(frameon=False, fontsize=8)
        if axis.log:
            chart.set_xscale("log")
            chart.set_xticks([value for value, _ in scale.ticks()], [f"{value:g}" for value, _ in scale.ticks()])
            chart.minorticks_off()
        chart.set_title(axis.title, fontsize=10)
    return figure


def labels(scan: Scan) -> Any:
    """Own labels beside the majority of the votes, shaded by the share of each row."""
    counts = scan.agreement.kept
    if not counts.any():
        return _nothing("no image carries votes")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = _figure(9, 5, (1, 1))
    axes[0].imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes[0].text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=8)
    axes[0].set_xticks(range(len(COLUMNS)), COLUMNS, rotation=35, ha="right")
    axes[0].set_yticks(range(len(EMOTIONS)), EMOTIONS)
    axes[0].set(xlabel="most votes", ylabel="own label")
    return figure


def sheet(named: Mapping[str, Sequence[bytes]], nothing: str) -> Any:
    """A contact sheet: one row of at most ``ACROSS`` pictures per name, those without a picture left out."""
    rows = {name: [face for data in pictures[:ACROSS] if (face := pixels(data)) is not None]
            for name, pictures in named.items()}  # fmt: skip
    rows = {name: faces for name, faces in rows.items() if faces}
    if not rows:
        return _nothing(nothing)
    step = TILE + _GAP
    mosaic = np.full((step * len(rows), step * ACROSS, 3), 255, np.uint8)
    for y, faces in enumerate(rows.values()):
        for x, face in enumerate(faces):
            mosaic[y * step : y * step + TILE, x * step : x * step + TILE] = _tile(face)
    figure, axes = _figure(2.6 + mosaic.shape[1] / _DPI, 0.3 + mosaic.shape[0] / _DPI, (1, 1))
    axes[0].imshow(mosaic[:, :, ::-1])
    axes[0].set_yticks(step * np.arange(len(rows)) + TILE // 2, list(rows), fontsize=8)
    axes[0].set_xticks([])
    axes[0].tick_params(length=0)
    axes[0].spines[:].set_visible(False)
    return figure


def _tile(face: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(TILE, TILE, 3): the whole picture, with grey where it isn't square."""
    height, width = face.shape[:2]
    scale = TILE / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(face, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    tile = np.full((TILE, TILE, 3), 225, np.uint8)
    top, left = (TILE - small.shape[0]) // 2, (TILE - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    return tile


def _figure(width: float, height: float, grid: tuple[int, int]) -> tuple[Any, list[Any]]:
    """A figure of that many inches, and its charts in a row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(*grid, squeeze=False).ravel().tolist()
    for chart in axes:
        chart.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _nothing(text: str) -> Any:
    figure, axes = _figure(4, 1, (1, 1))
    axes[0].set_axis_off()
    axes[0].text(0.5, 0.5, text, ha="center", va="center")
    return figure


@cache
def _colours() -> dict[str, str]:
    """The page's light colours by name, from its stylesheet."""
    style = (Path(report.__path__[0]) / "report.css").read_text(encoding="utf-8")
    return dict(reversed(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", style)))
