"""How good a picture of a face is, and what its labels are then worth: confidence that knows size, sharpness and pose.

Linear functions of a few features, fitted together on labelled faces that were made smaller, blurred and noisy:
the logarithm of the temperature that logits are divided by; what is added to the logit of each emotion, so that bad
pictures don't turn faces sad or neutral; and the log odds that a label is right. The last, as a share 0..1, is the
quality of a face: what share of labels is right for pictures like it.

Source: temperature scaling after Guo et al., ICML 2017, with a temperature that depends on the input as in Balanya et
al., Adaptive Temperature Scaling for Robust Calibration of Deep Neural Networks, 2022.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.schema import IMAGE_SIZE

Features = npt.NDArray[np.float64]  # (n, 6) in the order of NAMES; NaN where something wasn't measured

NAMES: Final = ("small", "blurred", "noisy", "yaw", "pitch", "doubtful")
# What a feature says about a face, as `schema.ABSTENTIONS` has it.
REASONS: Final = {
    "small": "too_small", "blurred": "blurred", "noisy": "blurred", "yaw": "turned", "pitch": "turned",
    "doubtful": "blurred",
}  # fmt: skip
# What changes which emotion a network sees. How a head is turned belongs to what is shown.
SHIFTING: Final = ("small", "blurred", "noisy")
LEAST_SIDE: Final = 4.0  # pixels; smaller faces count as these
# Median `images.measure.sharpness` of FER-2013's faces that were reduced to such sides and enlarged again.
SIDES: Final = (12, 16, 20, 24, 32, 48)  # pixels
SHARPNESS: Final = (0.32, 0.70, 0.61, 0.66, 0.92, 2.16)
SPREAD: Final = 1.25  # a face is blurred, or noisy, from so many times less, or more, on
TURN: Final = 30.0  # degrees that count 1; by their square, up to 4
RIDGE: Final = 1e-3
RANGE: Final = (-0.7, 1.6)  # of the logarithm of a temperature: 0.5 to 5


@dataclass(frozen=True)
class Fitted:
    """The two functions. A feature that wasn't measured counts as ``usual``.

    Attributes:
        usual: 6 mean features of good pictures.
        temperature_base, accuracy_base: of a picture whose features are all 0.
        temperature_weights, accuracy_weights: 6 each.
        offset_weights: 7 for each of the 6; empty: nothing is added.
    """

    usual: tuple[float, ...]
    temperature_base: float
    temperature_weights: tuple[float, ...]
    accuracy_base: float
    accuracy_weights: tuple[float, ...]
    offset_weights: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def parse(cls, told: dict[str, Any]) -> "Fitted":
        """What `told` wrote."""
        return cls(**{name: _tuples(value) for name, value in told.items()})

    def told(self) -> dict[str, Any]:
        """As it stands in a bundle's card."""
        return {name: _lists(value) for name, value in asdict(self).items()}

    def temperature(self, features: Features) -> npt.NDArray[np.float64]:
        """(n,) temperatures."""
        logs = self.temperature_base + self._filled(features) @ np.array(self.temperature_weights)
        return np.asarray(np.exp(np.clip(logs, *RANGE)))

    def offsets(self, features: Features) -> npt.NDArray[np.float64]:
        """(n, 7), or (1, 1) of zero: what is added to the logits of evidence; nothing for usual pictures."""
        if not self.offset_weights:
            return np.zeros((1, 1))
        return np.asarray((self._filled(features) - np.array(self.usual)) @ np.array(self.offset_weights))

    def accuracy(self, features: Features) -> npt.NDArray[np.float32]:
        """(n,) the quality: the share of labels that are right for such pictures, 0..1."""
        odds = self.accuracy_base + self._filled(features) @ np.array(self.accuracy_weights)
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)

    def worst(self, features: Features) -> list[str]:
        """What is worst about each picture, as `schema.ABSTENTIONS` names it."""
        lost = (self._filled(features) - np.array(self.usual)) * np.array(self.accuracy_weights)
        return [REASONS[NAMES[place]] for place in lost.argmin(axis=1).tolist()]

    def _filled(self, features: Features) -> Features:
        return np.where(np.isnan(features), np.array(self.usual), features)


def features(
    size: npt.NDArray[Any],
    sharpness: npt.NDArray[Any],
    yaw: npt.NDArray[Any] | None = None,
    pitch: npt.NDArray[Any] | None = None,
    detection: npt.NDArray[Any] | None = None,
) -> Features:
    """(n, 6) features of n faces; None and NaN: not measured.

    Args:
        size: pixels, shorter side of the face in its picture.
        sharpness: `images.measure.sharpness` of the normalised grey face.
        yaw, pitch: degrees.
        detection: score of the detector, 0..1.
    """
    unknown = np.full(len(size), np.nan)
    side = np.clip(size.astype(np.float64), LEAST_SIDE, IMAGE_SIZE)
    sharp = np.log(np.maximum(sharpness.astype(np.float64), 1e-3) / np.interp(side, SIDES, SHARPNESS))
    turns = [
        unknown if angle is None else np.minimum((angle.astype(np.float64) / TURN) ** 2, 4.0) for angle in (yaw, pitch)
    ]
    return np.stack(
        [
            np.log2(IMAGE_SIZE / side),
            np.maximum(0, -sharp - np.log(SPREAD)),
            np.maximum(0, sharp - np.log(SPREAD)),
            *turns,
            unknown if detection is None else 1 - detection.astype(np.float64),
        ],
        axis=1,
    )


def fit(
    logits: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    shares: npt.NDArray[np.float64],
    found: Features,
    good: npt.NDArray[np.bool_],
    temperature: float = 1.0,
    base: float = 1.0,
) -> Fitted:
    """Fit both functions; no worse picture makes a label surer or more likely to be right.

    Args:
        logits: (n, 7) of the evidence, before any temperature.
        labels: (n,) the truth.
        shares: (7,) the prior of these faces.
        found: (n, 6).
        good: (n,) which are pictures as they are, from which the usual features come.
        temperature: the model's, by which all is divided at the end.
        base: the temperature of a picture with the usual features.
    """
    from scipy.optimize import minimize

    measured = ~np.isnan(found) & good[:, None]
    usual = np.where(measured, found, 0).sum(axis=0) / np.maximum(measured.sum(axis=0), 1)
    filled = np.where(np.isnan(found), usual, found)
    apart, slopes = filled - usual, len(NAMES)
    rows, added, start = np.arange(len(labels)), np.log(shares), float(np.log(base))

    def scaled(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(np.exp(-np.clip(start + apart @ weights[:slopes], *RANGE)))

    def shifted(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(apart @ weights[slopes:].reshape(slopes, -1))

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scale = scaled(weights)
        total = (logits * scale[:, None] + shifted(weights) + added) / temperature
        total = total - total.max(axis=1, keepdims=True)
        probabilities = np.exp(total) / np.exp(total).sum(axis=1, keepdims=True)
        value = -np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean() + RIDGE * (weights**2).sum()
        wanted = probabilities.copy()
        wanted[rows, labels] -= 1
        inner = -(wanted * logits).sum(axis=1) * scale / temperature
        slope = np.concatenate([apart.T @ inner, (apart.T @ wanted / temperature).ravel()]) / len(labels)
        return float(value), slope + 2 * RIDGE * weights

    bounds: list[tuple[float | None, float | None]] = [(0.0, None)] * slopes
    for name in NAMES:
        bounds += [(None, None) if name in SHIFTING else (0.0, 0.0)] * logits.shape[1]
    found_weights = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    warm = found_weights[:slopes]
    total = logits * scaled(found_weights)[:, None] + shifted(found_weights) + added
    right = total.argmax(axis=1) == labels
    odds = _logistic(np.concatenate([np.ones((len(filled), 1)), filled], axis=1), right)
    still = float(start - usual @ warm)
    shifts = tuple(map(tuple, found_weights[slopes:].reshape(slopes, -1).tolist()))
    return Fitted(tuple(usual.tolist()), still, tuple(warm.tolist()), float(odds[0]), tuple(odds[1:].tolist()), shifts)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _lists(value: Any) -> Any:
    return list(map(_lists, value)) if isinstance(value, tuple) else value


def _logistic(columns: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Weights of a logistic regression in which no worse picture makes a label more likely to be right."""
    from scipy.optimize import minimize

    sign = np.where(right, 1.0, -1.0)

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margins = sign * (columns @ weights)
        value = np.logaddexp(0, -margins).mean() + RIDGE * (weights[1:] ** 2).sum()
        slope = -columns.T @ (sign / (1 + np.exp(margins))) / len(sign)
        slope[1:] += 2 * RIDGE * weights[1:]
        return float(value), slope

    bounds = [(None, None)] + [(None, 0.0)] * (columns.shape[1] - 1)
    return np.asarray(minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x)
