"""From a network's raw answers to calibrated probabilities under a prior: evaluation, scoring and the gate share it."""

import numpy as np
import numpy.typing as npt

from tasks import prior, quality
from tasks.bundle import Card
from tasks.calibrate import soften
from tasks.schema import EMOTIONS

Answers = npt.NDArray[np.float32]


def emotions(
    raw: Answers,
    card: Card,
    shares: prior.Shares | None,
    features: quality.Features | None = None,
    voters: bool = False,
) -> Answers:
    """(n, 7) calibrated probabilities, rows summing to 1.

    The logits of the evidence are divided by a temperature that depends on the picture's quality, where the model has
    one; the prior is put in; then all is divided by the model's temperature. A network that doesn't say its own prior
    keeps it.

    Args:
        raw: (n, 7 + r) as `Classifier.raw` gives them.
        shares: (7,) the prior, as `prior.shares` finds it for ``card``; None: the model's own.
        features: of the n faces' quality, where they are known; None: those of good pictures.
        voters: leave the model's temperature out. A network that learnt votes then answers with the share of people who
            would name each emotion, and not with the probability that most of them do.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; `prior`.
    """
    found = raw[:, : len(EMOTIONS)]
    if card.head == "sigmoid":
        found = even(found)
    if card.prior is None:
        return soften(found, card.temperature)
    own = prior.vector(card.prior)
    logits = np.log(np.maximum(found.astype(np.float64), prior.TINY)) - np.log(own)
    if card.quality is not None and features is not None:
        fitted = quality.Fitted.parse(card.quality)
        logits = logits / fitted.temperature(features)[:, None] + fitted.offsets(features)
    logits += np.log(own if shares is None else shares)
    logits /= 1.0 if voters else card.temperature
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), np.float32)


def even(scores: Answers) -> Answers:
    """Scores (n, k), 0..1 each, as shares of their row's sum; even where all are 0."""
    total = scores.sum(axis=1, keepdims=True)
    return np.where(total > 0, scores / np.where(total > 0, total, 1), np.float32(1 / scores.shape[1]))


def rejects(raw: Answers, card: Card) -> Answers | None:
    """(n, 3) scores of `schema.REJECTS`; None for a network that doesn't have them."""
    return raw[:, len(EMOTIONS) :] if card.rejects else None
