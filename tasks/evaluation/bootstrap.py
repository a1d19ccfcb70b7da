"""Bootstrap confidence intervals (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979; percentiles).

Resampling n images is drawing the counts of equal ones from a multinomial distribution. So the confusion matrix's
cells are drawn, and not images: a million images cost no more than a hundred.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.calibrate import BINS

FINE: Final = 200  # parts of each bin: confidences within one count as equal, which moves the error by under 0.0004


def intervals(
    probabilities: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    names: tuple[str, ...],
    resamples: int,
    confidence: float,
    seed: int,
) -> dict[str, Any]:
    """[low, high] of accuracy, macro_f1, macro_recall, ece and of the recall of each class.

    The calibration error of a resample is larger on average than that of the sample, so that its interval lies high;
    it is not corrected.

    Args:
        probabilities: (n, k), calibrated.
        labels: (n,), n at least 1.
        names: of the k classes.
        resamples: 0: no intervals.

    Returns:
        {} without resamples; None for the recall of a class without images.
    """
    if not resamples:
        return {}
    random = np.random.default_rng(seed)
    size, predicted = len(names), probabilities.argmax(axis=1)
    cells = np.bincount(labels * size + predicted, minlength=size * size)
    drawn = _drawn(cells, resamples, random).reshape(resamples, size, size)
    right, actual, chosen = drawn.diagonal(axis1=1, axis2=2), drawn.sum(axis=2), drawn.sum(axis=1)
    f1 = 2 * right / np.maximum(actual + chosen, 1)
    present = actual > 0
    recall = np.where(present, right / np.maximum(actual, 1), np.nan)
    return {
        "accuracy": _range(right.sum(axis=1) / len(labels), confidence),
        "macro_f1": _range((f1 * present).sum(axis=1) / present.sum(axis=1), confidence),
        "macro_recall": _range(np.nansum(recall, axis=1) / present.sum(axis=1), confidence),
        "ece": _range(_errors(probabilities.max(axis=1), predicted == labels, resamples, random), confidence),
        "recall": {name: _range(recall[:, number], confidence) for number, name in enumerate(names)},
    }


def paired(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], resamples: int, confidence: float, seed: int
) -> list[float] | None:
    """[low, high] of the gain in accuracy from ``first`` to ``second``, (n,) right or wrong on the same images."""
    if not resamples:
        return None
    difference = second.astype(int) - first
    cells = np.bincount(difference + 1, minlength=3)
    drawn = _drawn(cells, resamples, np.random.default_rng(seed))
    return _range((drawn[:, 2] - drawn[:, 0]) / len(first), confidence)


def wilson(right: int, count: int, confidence: float) -> list[float]:
    """[low, high] of a share, for groups too small for the bootstrap (Wilson, 1927); count at least 1."""
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + confidence / 2))
    share, scale = right / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / scale
    half = z / scale * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return [max(0.0, middle - half), min(1.0, middle + half)]


def _drawn(cells: npt.NDArray[np.int64], resamples: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """(resamples, cells) counts, each row with the sum of ``cells``."""
    return random.multinomial(int(cells.sum()), cells / cells.sum(), size=resamples)


def _errors(
    confidence: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], resamples: int, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    """(resamples,) expected calibration errors."""
    fine = np.minimum((confidence.astype(np.float64) * BINS * FINE).astype(int), BINS * FINE - 1)
    used, place = np.unique(fine * 2 + right, return_inverse=True)
    cells = np.bincount(place)
    gaps = np.bincount(place, weights=confidence - right) / cells  # mean of confidence - right in each cell
    drawn = _drawn(cells, resamples, random)
    bins = used // 2 // FINE
    sums = [np.abs((drawn * gaps)[:, bins == number].sum(axis=1)) for number in np.unique(bins)]
    errors: npt.NDArray[np.float64] = np.sum(sums, axis=0) / len(right)
    return errors


def _range(values: npt.NDArray[np.float64], confidence: float) -> list[float] | None:
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return [float(low), float(high)]
