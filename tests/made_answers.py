"""Answers of a model that never was, and its card."""

from collections import Counter

import numpy as np

from tasks import bundle
from tasks.evaluation.answers import Answers, Failure, Mistake
from tasks.evaluation.judge import CASES
from tasks.params import Normalise
from tasks.schema import EMOTIONS

CARD = bundle.Card(
    architecture="cnn5", labels=list(EMOTIONS), digest="d" * 64, temperature=2.0, synthetic=False, source="x",
    data_digest="", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.8, parity=0.0,
    normalise=Normalise().model_dump(),
)  # fmt: skip


def made_answers(count: int = 400, seed: int = 1, classes: int = 6) -> Answers:
    """A fair model on ``classes`` classes, too sure of itself, that loses accuracy with each severity."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    logits = random.normal(0, 1.5, (count, 7)) + 3.5 * np.eye(7)[labels]
    logits[:, classes:] = -6
    raw = np.exp(2 * 3.5 / 1.5**2 * logits)  # a temperature of 2 makes them the true posterior
    raw = (raw / raw.sum(axis=1, keepdims=True)).astype(np.float32)
    wrong = random.random((count, len(CASES))) < [0.1 * severity for _, severity in CASES]
    damaged = np.where(wrong, (labels[:, None] + 1) % 7, labels[:, None]).astype(np.int8)
    faces = random.integers(0, 256, (3, 48, 48), np.uint8)
    mistakes = tuple(Mistake(0.9 - at / 10, f"m{at}", 0, 3, one) for at, one in enumerate(faces))
    return Answers(
        [f"k{seed}-{at}" for at in range(count)], labels, raw, raw, damaged,
        random.integers(0, 256, (count, 32), np.uint8), {"brightness": random.random(count).astype(np.float32)},
        {"camera": ["left", "right"] * (count // 2)}, mistakes, (Failure("bad", -1, "undecodable", "cut, off"),),
        Counter(test=count + 1),
    )  # fmt: skip
