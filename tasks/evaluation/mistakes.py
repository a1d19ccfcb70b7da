"""The wrong answers that a model is surest of."""

from typing import NamedTuple

import numpy as np

from tasks.evaluation.verdict import Verdict


class Mistake(NamedTuple):
    """A wrong answer about an image: its confidence, its key, and indices into ``schema.EMOTIONS``."""

    confidence: float
    key: str
    actual: int
    predicted: int


def worst(verdict: Verdict, count: int) -> list[Mistake]:
    """The ``count`` most confident ones; of equal ones the first by key."""
    predicted, labels = verdict.probabilities.argmax(axis=1), verdict.answers.labels
    confidence = verdict.probabilities.max(axis=1)
    found = [
        Mistake(float(confidence[at]), verdict.answers.keys[at], int(labels[at]), int(predicted[at]))
        for at in np.flatnonzero(predicted != labels).tolist()
    ]
    return sorted(found, key=lambda one: (-one.confidence, one.key))[:count]
