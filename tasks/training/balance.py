"""Rare emotions made to count: weights of the loss, or more frequent draws."""

import numpy as np
import numpy.typing as npt

from tasks.errors import SourceError
from tasks.schema import EMOTIONS

Weights = npt.NDArray[np.float64]
INERTIA = 0.5  # of dynamic weights: how much of the last epoch's stays
LEAST = 0.05  # of an error rate, so that a class that is perfect for an epoch is not forgotten


def check(labels: npt.NDArray[np.int64], split: str) -> None:
    """Make sure that there is an image of each emotion.

    Raises:
        SourceError: there is not, naming the emotions.
    """
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    if missing := [emotion for emotion, count in zip(EMOTIONS, counts, strict=True) if not count]:
        raise SourceError(
            f"train.split: '{split}' holds no image of {', '.join(missing)}. "
            "Add some: a network can't learn what it never saw"
        )


def balanced(labels: npt.NDArray[np.int64]) -> Weights:
    """(7,) scikit-learn's `balanced` weights: n / (classes * count), so that rare emotions count as much.

    Args:
        labels: (n,) with each class in it.
    """
    from sklearn.utils.class_weight import compute_class_weight

    found: Weights = compute_class_weight("balanced", classes=np.arange(len(EMOTIONS)), y=labels)
    return found


def odds(targets: npt.NDArray[np.float32], exponent: float) -> npt.NDArray[np.float64]:
    """(n,) how often each face is drawn beside the others, so that rare emotions come more often.

    Args:
        targets: (n, 7) shares; a face counts for each emotion as far as it shows it.
        exponent: 1: each emotion is drawn as often as any, where faces show one each; 0: every face once.
    """
    share = np.maximum(targets.mean(axis=0, dtype=np.float64), 1e-9) ** -exponent
    found: npt.NDArray[np.float64] = targets.astype(np.float64) @ share
    return np.where(found > 0, found, found[found > 0].mean() if (found > 0).any() else 1.0)


def shares(targets: npt.NDArray[np.float32], weights: npt.NDArray[np.float64] | None = None) -> Weights:
    """(7,) shares of the emotions in (n, 7) targets that count as (n,) ``weights``, or evenly; they sum to 1."""
    total = targets.sum(axis=0, dtype=np.float64) if weights is None else weights @ targets.astype(np.float64)
    found: Weights = total / total.sum()
    return found


def followed(weights: Weights, recall: Weights, counts: npt.NDArray[np.int64]) -> Weights:
    """(7,) weights for the next epoch: those of classes that the validation split shows to be missed rise.

    Each follows the share of the class's validation images that is missed, half way per epoch, and all are scaled so
    that the mean over the training images stays 1.

    Args:
        weights: (7,) of this epoch.
        recall: (7,) on the validation split, 0..1; NaN for a class that it lacks, whose weight stays.
        counts: (7,) training images.
    """
    missed = np.where(np.isnan(recall), weights, np.maximum(1 - recall, LEAST))
    mixed = INERTIA * weights / _mean(weights, counts) + (1 - INERTIA) * missed / _mean(missed, counts)
    return mixed / _mean(mixed, counts)


def recalls(labels: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> Weights:
    """(7,) share of each class's images that was found; NaN for a class without images."""
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    right = np.bincount(labels[labels == predicted], minlength=len(EMOTIONS))
    return np.where(counts > 0, right / np.maximum(counts, 1), np.nan)


def _mean(weights: Weights, counts: npt.NDArray[np.int64]) -> float:
    return float((weights * counts).sum() / counts.sum())
