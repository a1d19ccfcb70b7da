"""Labels that are probably wrong.

Confident learning: Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR
2021. A class' threshold is the mean probability that its own images are given for it; an image is in doubt where the
likeliest class above its threshold is not the given one.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Doubt(NamedTuple):
    """One image: positions among the images and of the classes; ``margin`` is suggested minus given probability."""

    at: int
    given: int
    suggested: int
    confidence: float
    margin: float


def doubts(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> list[Doubt]:
    """Images in doubt, the widest margin first.

    The probabilities must come from a model that was not trained on these labels, or it repeats their errors.

    Args:
        probabilities: (n, k), calibrated.
        labels: (n,) as given; a class without images is never suggested.
    """
    known = np.arange(len(labels))
    size = probabilities.shape[1]
    own = probabilities[known, labels].astype(np.float64)
    counts = np.bincount(labels, minlength=size)
    thresholds = np.where(counts > 0, np.bincount(labels, own, minlength=size) / np.maximum(counts, 1), np.inf)
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    suggested = confident.argmax(axis=1)
    found = np.flatnonzero((confident.max(axis=1) >= 0) & (suggested != labels))
    listed = [
        Doubt(
            int(at),
            int(labels[at]),
            int(suggested[at]),
            float(probabilities[at, suggested[at]]),
            float(probabilities[at, suggested[at]] - own[at]),
        )
        for at in found
    ]
    return sorted(listed, key=lambda one: (-one.margin, one.at))
