"""Temperature scaling: confidence that means what it says.

Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

TINY: Final = 1e-12
BINS: Final = 15  # of confidence, of equal width


def soften(probabilities: npt.NDArray[np.float32], temperature: float) -> npt.NDArray[np.float32]:
    """Divide the logits behind ``probabilities`` (n, k) by ``temperature`` and normalise again."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), TINY)) / temperature
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    softened: npt.NDArray[np.float32] = (exponents / exponents.sum(axis=1, keepdims=True)).astype(np.float32)
    return softened


def negative_log_likelihood(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """Mean of -log p(truth) over rows."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], TINY)).mean())


def brier(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """Mean over rows of the squared distance to the truth, summed over classes: 0..2 (Brier, 1950)."""
    distance = probabilities.astype(np.float64)
    distance[np.arange(len(labels)), labels] -= 1
    return float((distance**2).sum(axis=1).mean())


def fit_temperature(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """The temperature in 0.25..8 with the least negative log-likelihood on (n, k) probabilities and (n,) labels."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(soften(probabilities, float(np.exp(log_t))), labels),
        bounds=(np.log(0.25), np.log(8.0)),
        method="bounded",
    )
    return float(np.exp(found.x))


def expected_calibration_error(
    probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], bins: int = BINS
) -> float:
    """Mean gap between confidence and accuracy over equal-width confidence bins, weighted by their counts."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == b].mean() - right[place == b].mean()) * (place == b).mean() for b in np.unique(place)
    ]
    return float(np.sum(gaps))
