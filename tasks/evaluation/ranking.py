"""How well scores put one class before the others: average precision and the area under the ROC curve."""

from typing import Any

import numpy as np
import numpy.typing as npt


def average_precision(scores: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_]) -> float | None:
    """Of (n,) scores for (n,) whether it is there; None where it is nowhere."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, scores)) if truth.any() else None


def area_under_roc(scores: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_]) -> float | None:
    """Of (n,) scores for (n,) whether it is there; None where it is nowhere or everywhere."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores)) if truth.any() and not truth.all() else None


def mean_average_precision(scores: npt.NDArray[np.float32], targets: npt.NDArray[np.bool_]) -> float | None:
    """Mean over the classes that are there of their average precision; None where none is.

    Args:
        scores: (n, k).
        targets: (n, k) which classes are there; several in a row, or none.
    """
    found = [average_precision(scores[:, column], targets[:, column]) for column in range(targets.shape[1])]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else None


def voted(
    scores: npt.NDArray[np.float32], votes: npt.NDArray[np.int16], positive: float, names: tuple[str, ...]
) -> dict[str, Any]:
    """Scores of a multi-label head against people's votes.

    Args:
        scores: (n, k).
        votes: (n, at least k) counts; images without any are left out.
        positive: share of an image's votes from which an emotion counts as there.

    Returns:
        images (with votes), mean_average_precision, per_class (average precision).
    """
    total = votes.sum(axis=1)
    asked = total > 0
    targets = votes[asked, : len(names)] >= positive * total[asked, None]
    each = {name: average_precision(scores[asked, column], targets[:, column]) for column, name in enumerate(names)}
    return {
        "images": int(asked.sum()),
        "mean_average_precision": mean_average_precision(scores[asked], targets),
        "per_class": each,
    }
