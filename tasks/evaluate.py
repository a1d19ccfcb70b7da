"""Judge predictions against the truth."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import files
from tasks.calibrate import brier, expected_calibration_error, negative_log_likelihood
from tasks.evaluation.ranking import area_under_roc, average_precision
from tasks.schema import EMOTIONS


def measure(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Metrics of calibrated probabilities (n, 7) against labels (n,), n at least 1; most are in 0..1.

    Returns:
        accuracy, precision, recall and F1 (macro, weighted and per class with its support, average precision and area
        under the ROC curve), ECE, Brier score (0..2), NLL, the confusion matrix (rows truth, columns prediction) with
        its labels, and the number of images. Macro averages are over the classes that have images; of one without
        any, precision, recall and F1 are 0 and the other two None.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    predicted = probabilities.argmax(axis=1)
    numbers = np.arange(len(EMOTIONS))
    present = np.unique(labels)
    rows = precision_recall_fscore_support(labels, predicted, labels=numbers, zero_division=0.0)
    result: dict[str, Any] = {
        "images": len(labels),
        "accuracy": float((predicted == labels).mean()),
        "ece": expected_calibration_error(probabilities, labels),
        "brier": brier(probabilities, labels),
        "nll": negative_log_likelihood(probabilities, labels),
        "labels": list(EMOTIONS),
        "confusion": confusion_matrix(labels, predicted, labels=numbers).tolist(),
        "per_class": {
            emotion: {
                "precision": float(rows[0][n]),
                "recall": float(rows[1][n]),
                "f1": float(rows[2][n]),
                "support": int(rows[3][n]),
                "average_precision": average_precision(probabilities[:, n], labels == n),
                "roc_auc": area_under_roc(probabilities[:, n], labels == n),
            }
            for n, emotion in enumerate(EMOTIONS)
        },
    }
    for average in ("macro", "weighted"):
        values = precision_recall_fscore_support(labels, predicted, labels=present, average=average, zero_division=0.0)
        for name, value in zip(("precision", "recall", "f1"), values[:3], strict=True):
            result[f"{average}_{name}"] = float(value)
    return result


def write(
    folder: Path,
    metrics: dict[str, Any],
    keys: list[str],
    labels: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float32],
) -> None:
    """Write metrics.json, predictions.csv (key, actual, predicted, confidence) and confusion.png to ``folder``."""
    import pandas as pd

    files.write_json(folder / "metrics.json", metrics)
    table = pd.DataFrame(
        {
            "key": keys,
            "actual": [EMOTIONS[label] for label in labels],
            "predicted": [EMOTIONS[label] for label in probabilities.argmax(axis=1)],
            "confidence": probabilities.max(axis=1).round(4),
        }
    )
    with files.replacing(folder / "predictions.csv") as temporary:
        table.to_csv(temporary, index=False)
    with files.replacing(folder / "confusion.png") as temporary:
        draw_confusion(metrics).savefig(temporary, format="png", dpi=110)


def draw_confusion(metrics: dict[str, Any]) -> Any:
    """The confusion matrix as a matplotlib figure: counts, shaded by the share of each row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = np.array(metrics["confusion"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        axes.text(
            column, row, f"{count}", ha="center", va="center", color="white" if shares[row, column] > 0.5 else "black"
        )
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=35, ha="right")
    axes.set_yticks(range(len(EMOTIONS)), EMOTIONS)
    axes.set(
        xlabel="predicted", ylabel="truth", title=f"{metrics['images']:,} images, accuracy {metrics['accuracy']:.3f}"
    )
    return figure
