"""Whether confidence means what it says: before and after the temperature, and with one fitted on other images."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.calibrate import (
    BINS,
    brier,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    soften,
)

Probabilities = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def calibration(untempered: Probabilities, labels: Labels, temperature: float, seed: int) -> dict[str, Any]:
    """ECE, Brier score and NLL of one set of answers, calibrated in three ways.

    Args:
        untempered: (n, k) under the prior that is judged under, with a temperature of 1: it comes last.
        labels: (n,).
        temperature: the model's, fitted on its validation split.
        seed: of the halves.

    Returns:
        before (temperature 1), after (the model's), and cross_fitted: each half of the images with the temperature
        that was fitted on the other one, so that none is judged by what it was fitted on; None for a single image.
    """
    return {
        "temperature": temperature,
        "before": figures(soften(untempered, 1.0), labels),
        "after": figures(soften(untempered, temperature), labels),
        "cross_fitted": _cross_fitted(untempered, labels, seed),
    }


def figures(probabilities: Probabilities, labels: Labels) -> dict[str, float]:
    """ece, brier and nll of (n, k) probabilities."""
    return {
        "ece": expected_calibration_error(probabilities, labels),
        "brier": brier(probabilities, labels),
        "nll": negative_log_likelihood(probabilities, labels),
    }


def reliability(confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_]) -> list[dict[str, float | int]]:
    """Bins of equal width that hold images: low, high, count, mean confidence, accuracy."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "low": number / BINS,
            "high": (number + 1) / BINS,
            "count": int((place == number).sum()),
            "confidence": float(confidence[place == number].mean()),
            "accuracy": float(right[place == number].mean()),
        }
        for number in np.unique(place).tolist()
    ]


def _cross_fitted(untempered: Probabilities, labels: Labels, seed: int) -> dict[str, Any] | None:
    if len(labels) < 2:
        return None
    order = np.random.default_rng(seed).permutation(len(labels))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    judged = np.empty_like(untempered)
    temperatures = []
    for fitted, other in (halves, halves[::-1]):
        temperatures.append(fit_temperature(untempered[fitted], labels[fitted]))
        judged[other] = soften(untempered[other], temperatures[-1])
    return {"temperatures": temperatures, **figures(judged, labels)}
