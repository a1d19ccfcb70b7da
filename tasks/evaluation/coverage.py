"""What is left of a model's labels when it doesn't label what it isn't sure of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS

Shares = dict[str, float] | None


def labelled(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], below: float) -> dict[str, Any]:
    """What is said of the faces that get a label.

    Args:
        probabilities: (n, 7) calibrated.
        labels: (n,) the truth.
        below: confidence under which a face gets none.

    Returns:
        `labelled`: their share; `accuracy_labelled` and `shares` (emotion -> share of the labels), None of nothing.
    """
    kept = probabilities.max(axis=1) >= below
    predicted = probabilities.argmax(axis=1)[kept]
    return {
        "labelled": float(kept.mean()),
        "accuracy_labelled": float((predicted == labels[kept]).mean()) if kept.any() else None,
        "shares": shares(predicted),
    }


def shares(predicted: npt.NDArray[np.int64]) -> Shares:
    """Emotion -> share of (n,) labels; None of nothing."""
    if not len(predicted):
        return None
    counts = np.bincount(predicted, minlength=len(EMOTIONS)) / len(predicted)
    return dict(zip(EMOTIONS, counts.tolist(), strict=True))


def variation(first: Mapping[str, float] | None, second: Mapping[str, float] | None) -> float | None:
    """Total variation of two distributions: half of the sum of the differences of their shares, 0..1."""
    if first is None or second is None:
        return None
    return 0.5 * sum(abs(first[name] - second[name]) for name in EMOTIONS)
