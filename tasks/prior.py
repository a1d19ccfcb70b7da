"""Class priors: how frequent each emotion is taken to be, apart from what a face shows.

A network that was trained under one prior answers p(emotion | face) under it. Divided by that prior this is evidence,
p(face | emotion) up to a factor, which can be multiplied by the prior of the material that is labelled. Everyday
photographs are mostly neutral and happy; a laboratory's recordings show each emotion as often as any other.

Source: Saerens, Latinne and Decaestecker, Adjusting the Outputs of a Classifier to New a Priori Probabilities, Neural
Computation 14, 2002.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.errors import ParamsError
from tasks.schema import EMOTIONS

Shares = npt.NDArray[np.float64]  # (7,) in the order of EMOTIONS, sum 1
Probabilities = npt.NDArray[np.float32]
Prior = str | dict[str, float]

NAMES: Final = ("everyday", "uniform", "trained", "estimate")
# Shares of the votes of FER+ for the seven emotions, over FER-2013's Training split.
EVERYDAY: Final = {
    "angry": 0.084,
    "disgust": 0.016,
    "fear": 0.036,
    "happy": 0.275,
    "neutral": 0.321,
    "sad": 0.144,
    "surprise": 0.124,
}
LEAST: Final = 1e-3  # a share that is given or estimated is at least this: 0 could never be labelled
TINY: Final = 1e-12
STEPS: Final = 500  # of expectation maximisation, at most
CLOSE: Final = 1e-6  # it ends when no share changes by more
RESAMPLES: Final = 200
MOST: Final = 20_000  # faces that an estimate is made from; more are drawn from


class Estimate(NamedTuple):
    """Estimated shares, and the ends of their 95 % intervals; each (7,)."""

    shares: Shares
    low: Shares
    high: Shares


def shares(prior: Prior, trained: Mapping[str, float] | None) -> Shares | None:
    """The shares that ``prior`` stands for.

    Args:
        prior: everyday, uniform, trained, estimate (which begins with everyday), or a share for each emotion.
        trained: the shares that the model was trained under; None where they aren't known.

    Returns:
        None for ``trained`` where the model doesn't say its shares, and so for ``everyday``, the default: its answers
        stay as they are.

    Raises:
        ParamsError: another prior is asked for with a model that doesn't say its own.
    """
    if trained is None:
        if prior in ("trained", "everyday"):
            return None
        raise ParamsError(
            f"prior: the model doesn't say under which class shares it was trained, so that {name(prior)!r} can't be "
            "applied. Use prior: trained, or train the model again"
        )
    if isinstance(prior, dict):
        return vector(prior)
    if prior == "trained":
        return vector(trained)
    return vector(dict.fromkeys(EMOTIONS, 1.0) if prior == "uniform" else EVERYDAY)


def known(prior: Prior, trained: Mapping[str, float]) -> Shares:
    """The same for a model that says its own shares."""
    found = shares(prior, trained)
    return vector(trained) if found is None else found


def vector(given: Mapping[str, float]) -> Shares:
    """(7,) shares of at least LEAST that sum to 1."""
    return floor(np.array([given[emotion] for emotion in EMOTIONS], np.float64))


def floor(found: Shares) -> Shares:
    """(7,) shares of which none is under LEAST, with a sum of 1."""
    found = np.maximum(found / found.sum(), LEAST)
    return np.asarray(found / found.sum())


def mapping(found: Shares) -> dict[str, float]:
    """The same by name, rounded to 6 digits."""
    return {emotion: round(float(share), 6) for emotion, share in zip(EMOTIONS, found, strict=True)}


def told(name: str, found: Mapping[str, float] | None, interval: tuple[Shares, Shares] | None = None) -> dict[str, Any]:
    """A prior as run.json and metrics.json have it.

    Args:
        name: of NAMES, or `given`.
        found: shares by name; None: the model's own, which aren't known.
        interval: the lower and the upper ends of an estimate's.
    """
    ends = None
    if interval is not None:
        low, high = interval
        ends = {emotion: [round(float(low[n]), 6), round(float(high[n]), 6)] for n, emotion in enumerate(EMOTIONS)}
    return {"name": name, "shares": None if found is None else dict(found), "interval": ends}


def applied(probabilities: Probabilities, before: Shares, after: Shares, temperature: float = 1.0) -> Probabilities:
    """(n, 7) probabilities under the prior ``after``, of such under the prior ``before``.

    Args:
        temperature: by which logits were divided when ``before`` was in them.
    """
    found = np.maximum(probabilities.astype(np.float64), TINY) * (after / before) ** (1 / temperature)
    return np.asarray(found / found.sum(axis=1, keepdims=True), np.float32)


def estimate(probabilities: Probabilities, before: Shares, temperature: float = 1.0, seed: int = 1) -> Estimate:
    """The prior under which the faces are most likely, by expectation maximisation, with bootstrap intervals.

    Args:
        probabilities: (n, 7) calibrated, under the prior ``before``. Of none, ``before`` comes back with intervals
            from 0 to 1.
        temperature: by which logits were divided when ``before`` was in them.
        seed: of the draws.
    """
    if not len(probabilities):
        return Estimate(before, np.zeros(len(EMOTIONS)), np.ones(len(EMOTIONS)))
    random = np.random.default_rng(seed)
    if len(probabilities) > MOST:
        probabilities = probabilities[np.sort(random.choice(len(probabilities), MOST, replace=False))]
    evidence = np.maximum(probabilities.astype(np.float64), TINY) / before ** (1 / temperature)
    found = _most_likely(evidence, np.ones(len(evidence)), before)
    drawn = [
        _most_likely(evidence, random.multinomial(len(evidence), np.full(len(evidence), 1 / len(evidence))), found)
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return Estimate(vector(dict(zip(EMOTIONS, found.tolist(), strict=True))), low, high)


def _most_likely(evidence: Shares, weights: npt.NDArray[Any], start: Shares) -> Shares:
    found, total = start, weights.sum()
    for _ in range(STEPS):
        joint = evidence * found
        new = weights @ (joint / joint.sum(axis=1, keepdims=True)) / total
        new = np.maximum(new, LEAST / 10)
        new = new / new.sum()
        if np.abs(new - found).max() < CLOSE:
            return np.asarray(new)
        found = new
    return np.asarray(found)


def name(prior: Prior) -> str:
    """Its name; `given` for shares."""
    return prior if isinstance(prior, str) else "given"
