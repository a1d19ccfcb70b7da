"""Answers of a model that never was, and its card."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tasks import bundle
from tasks.evaluation.answers import Answers, Copies, Failure
from tasks.evaluation.judge import CASES
from tasks.evaluation.verdict import Verdict, reach
from tasks.params import Evaluate, Normalise
from tasks.schema import CHOICES, EMOTIONS

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
    damaged = np.eye(7, dtype=np.float32)[np.where(wrong, (labels[:, None] + 1) % 7, labels[:, None])]
    return Answers(
        [f"k{seed}-{at}" for at in range(count)], labels, raw, raw,
        Copies(damaged, np.ones((count, len(CASES)), np.float32)), Copies.none(raw),
        random.integers(0, 256, (count, 32), np.uint8), {"brightness": random.random(count).astype(np.float32)},
        {"camera": ["left", "right"] * (count // 2)}, failures=(Failure("bad", -1, "undecodable", "cut, off"),),
        seen=Counter(test=count + 1),
    )  # fmt: skip


def made_verdict(count: int = 400, card: bundle.Card = CARD, params: Evaluate | None = None) -> Verdict:
    """What becomes of `made_answers`."""
    return reach(made_answers(count), card, params or Evaluate())


def answered(rows: Sequence[Sequence[float]], labels: Sequence[int]) -> Answers:
    """Answers (n, 7 + r) that are given, about n images alone."""
    raw = np.array(rows, np.float32)
    return Answers(
        [f"k{at}" for at in range(len(raw))], np.array(labels), raw, raw, Copies.none(raw), Copies.none(raw),
        np.zeros((len(raw), 32), np.uint8),
    )  # fmt: skip


def two(first: int, share: float, second: int) -> list[float]:
    """An answer that is all between two emotions."""
    row = [0.0] * len(EMOTIONS)
    row[first], row[second] = share, 1 - share
    return row


def votes(*rows: dict[str, int]) -> npt.NDArray[np.int16]:
    """(n, choices) counts of votes."""
    return np.array([[row.get(choice, 0) for choice in CHOICES] for row in rows], np.int16)
