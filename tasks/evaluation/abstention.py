"""What a model gains by not answering: risk against coverage.

Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NIPS 2017; the area under the curve (AURC)
is that of Geifman et al., "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019.
"""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

COVERAGES: Final = (0.9, 0.8, 0.5)
POINTS: Final = 20


def risks(confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """(n,) share of wrong answers among the 1, 2, .. n most confident of (n,) images.

    Images of equal confidence have no order: their mistakes are spread evenly over them.
    """
    _, place = np.unique(-confidence.astype(np.float64), return_inverse=True)
    counts = np.cumsum(np.bincount(place))
    wrong = np.cumsum(np.bincount(place, weights=~right))
    upto = np.arange(1, len(confidence) + 1)
    shares: npt.NDArray[np.float64] = np.interp(upto, [0, *counts], [0, *wrong]) / upto
    return shares


def abstention(confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The curve and what is read off it.

    Returns:
        aurc; accuracy_at: coverage -> accuracy of the most confident images; curve: POINTS points with coverage, risk
        and threshold, the least confidence that is answered.
    """
    found = risks(confidence, right)
    ordered = np.sort(confidence)[::-1]

    def upto(coverage: float) -> int:
        return max(1, math.ceil(round(coverage * len(found), 6))) - 1

    return {
        "aurc": float(found.mean()),
        "accuracy_at": {str(coverage): 1 - float(found[upto(coverage)]) for coverage in COVERAGES},
        "curve": [
            {
                "coverage": step / POINTS,
                "risk": float(found[upto(step / POINTS)]),
                "threshold": float(ordered[upto(step / POINTS)]),
            }
            for step in range(1, POINTS + 1)
        ],
    }
