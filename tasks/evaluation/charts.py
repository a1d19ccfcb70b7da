"""Curves as matplotlib figures: ROC, precision-recall, reliability, risk-coverage, robustness, sizes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS

Probabilities = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def roc(probabilities: Probabilities, labels: Labels, metrics: dict[str, Any]) -> Any:
    """One curve per class that has images and isn't alone, with its area."""
    from sklearn.metrics import roc_curve

    figure, axes = sheet()
    for number, emotion in _curves(labels):
        false, true, _ = roc_curve(labels == number, probabilities[:, number])
        axes.plot(false, true, linewidth=1.4, label=f"{emotion} {metrics['per_class'][emotion]['roc_auc']:.3f}")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    _finish(axes, "false positives", "true positives", _title("ROC, area", metrics))
    return figure


def precision_recall(probabilities: Probabilities, labels: Labels, metrics: dict[str, Any]) -> Any:
    """One curve per class that has images, with its average precision."""
    from sklearn.metrics import precision_recall_curve

    figure, axes = sheet()
    for number, emotion in _curves(labels, alone=True):
        precision, recall, _ = precision_recall_curve(labels == number, probabilities[:, number])
        value = metrics["per_class"][emotion]["average_precision"]
        axes.step(recall, precision, where="post", linewidth=1.4, label=f"{emotion} {value:.3f}")
    _finish(axes, "recall", "precision", _title("precision and recall, average precision", metrics))
    return figure


def reliability(metrics: dict[str, Any]) -> Any:
    """Accuracy against confidence, a bar per bin, and beneath it how many images each bin holds."""
    figure = blank()
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    bins = metrics["reliability"]
    middles, width = [(one["low"] + one["high"]) / 2 for one in bins], bins[0]["high"] - bins[0]["low"]
    upper.bar(middles, [one["accuracy"] for one in bins], width * 0.94, color="#4c78a8", label="accuracy")
    upper.plot([one["confidence"] for one in bins], [one["accuracy"] for one in bins], "o", color="black", markersize=3)
    upper.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="accuracy", title=_title(f"ECE {metrics['ece']:.3f}", metrics))
    lower.bar(middles, [one["count"] for one in bins], width * 0.94, color="#b0b0b0")
    lower.set(xlabel="confidence", ylabel="images")
    return figure


def risk_coverage(metrics: dict[str, Any]) -> Any:
    """Share of wrong answers when only the most confident images are answered."""
    figure, axes = sheet()
    curve = metrics["abstention"]["curve"]
    risks = [one["risk"] for one in curve]
    axes.plot([one["coverage"] for one in curve], risks, "o-", markersize=3, color="#4c78a8")
    axes.set(xlim=(0, 1), ylim=(0, max(0.05, 1.1 * max(risks))), xlabel="coverage", ylabel="risk (share wrong)")
    axes.set_title(_title(f"AURC {metrics['abstention']['aurc']:.3f}", metrics))
    return figure


def robustness(metrics: dict[str, Any]) -> Any:
    """Accuracy by severity, a line per kind of damage."""
    figure, axes = sheet()
    found = metrics["robustness"]
    for kind, row in found["accuracy"].items():
        severities = [0, *map(int, row)]
        axes.plot(severities, [found["undamaged"], *row.values()], "o-", markersize=3, label=kind.replace("_", " "))
    axes.set(ylim=(0, 1), xlabel="severity (0: undamaged)", ylabel="accuracy, image alone")
    axes.set_title(_title(f"mean {found['mean']:.3f}", metrics))
    axes.legend(fontsize=8)
    return figure


def sizes(metrics: dict[str, Any]) -> Any:
    """Accuracy against coverage, a line per size to which the faces were reduced."""
    figure, axes = sheet()
    for row in metrics["coverage"]["by_size"]:
        curve = row["abstention"]["curve"]
        right = [1 - one["risk"] for one in curve]
        axes.plot([one["coverage"] for one in curve], right, "o-", markersize=3, label=f"{row['side']} pixels")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="coverage", ylabel="accuracy, image alone")
    axes.set_title(_title("accuracy by size", metrics))
    axes.legend(fontsize=8)
    return figure


def blank(width: float = 6.4, height: float = 5.6) -> Any:
    """An empty figure that is drawn without a window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def sheet() -> tuple[Any, Any]:
    """A figure with one pair of axes."""
    figure = blank()
    return figure, figure.subplots()


def _curves(labels: Labels, alone: bool = False) -> list[tuple[int, str]]:
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    return [
        (number, emotion)
        for number, emotion in enumerate(EMOTIONS)
        if counts[number] and (alone or counts[number] < len(labels))
    ]


def _title(what: str, metrics: dict[str, Any]) -> str:
    return f"{what}: {metrics['images']:,} images"


def _finish(axes: Any, x: str, y: str, title: str) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=x, ylabel=y, title=title)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=8)
