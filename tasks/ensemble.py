"""An ensemble: networks whose probabilities are averaged, chosen greedily on a split that they aren't judged on.

Source: Caruana et al., Ensemble Selection from Libraries of Models, ICML 2004.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.calibrate import negative_log_likelihood

ROUNDS: Final = 50  # members are taken, with replacement: the weights are multiples of 1 / rounds at the finest

Stack = npt.NDArray[np.float32]  # (m, n, k): m networks' probabilities of n faces


def choose(probabilities: Stack, labels: npt.NDArray[np.int64], rounds: int = ROUNDS) -> npt.NDArray[np.float64]:
    """(m,) weights that sum to 1, of the ensemble with the best accuracy on ``labels`` (n,).

    Each round takes the network whose addition makes the average best, also one that is in already: by accuracy, then
    by the negative log-likelihood, then the earlier one. Of all rounds the best is kept, of equal ones the smallest; so
    the ensemble is never worse here than its best member.

    Args:
        probabilities: (m, n, k), m and n at least 1.

    Raises:
        ValueError: shapes that don't fit, or no rounds.
    """
    if probabilities.ndim != 3 or not probabilities.size or probabilities.shape[1] != len(labels) or rounds < 1:
        raise ValueError(
            f"expected (m, n, k) probabilities of n labels, and rounds. Received: shape {probabilities.shape}, "
            f"{len(labels)} labels, rounds={rounds}"
        )
    total = np.zeros(probabilities.shape[1:], np.float64)
    counts = np.zeros(len(probabilities), np.int64)
    best, kept = (-1.0, 0.0), counts
    for taken in range(1, rounds + 1):
        scores = [_score((total + member) / taken, labels) for member in probabilities]
        chosen = max(range(len(scores)), key=lambda place: scores[place])
        total += probabilities[chosen]
        counts[chosen] += 1
        if scores[chosen] > best:
            best, kept = scores[chosen], counts.copy()
    weights: npt.NDArray[np.float64] = kept / kept.sum()
    return weights


def average(probabilities: Stack, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """(n, k) weighted mean of (m, n, k) probabilities by (m,) weights that sum to 1."""
    mean: npt.NDArray[np.float32] = np.tensordot(weights, probabilities.astype(np.float64), axes=1).astype(np.float32)
    return mean


def _score(probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    single = probabilities.astype(np.float32)
    return float((single.argmax(axis=1) == labels).mean()), -negative_log_likelihood(single, labels)
