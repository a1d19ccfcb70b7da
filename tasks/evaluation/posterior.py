"""From raw answers to probabilities under one prior, with what is known of the pictures: as scoring does it."""

import numpy as np
import numpy.typing as npt

from tasks import interpret, quality
from tasks.bundle import Card
from tasks.evaluation.answers import Answers, Copies, Probabilities
from tasks.prior import Shares


def features(answers: Answers) -> quality.Features:
    """(n, 6) picture quality: the shorter side of the original, and the sharpness of the face.

    A face's angles are left out even where they are known, so that figures don't change with the groups that are asked
    for; nor is there a detector's score. Both count as those of usual pictures.
    """
    return quality.features(resolution(answers), answers.measures.get("sharpness", _unknown(answers)))


def resolution(answers: Answers) -> npt.NDArray[np.float32]:
    """(n,) pixels of the originals' shorter side; NaN where it isn't known."""
    return answers.measures.get("resolution", _unknown(answers))


def of_views(answers: Answers, card: Card, shares: Shares | None, voters: bool = False) -> Probabilities:
    """(n, 7) calibrated probabilities, over the views where there are some.

    Args:
        shares: (7,) the prior; None: the model's own.
        voters: as `interpret.emotions` has it.
    """
    return interpret.emotions(answers.raw, card, shares, features(answers), voters)


def of_images(answers: Answers, card: Card, shares: Shares | None) -> Probabilities:
    """(n, 7) calibrated probabilities of the images alone."""
    return interpret.emotions(answers.alone, card, shares, features(answers))


def of_copy(
    answers: Answers, copies: Copies, column: int, card: Card, shares: Shares | None, side: float = np.inf
) -> Probabilities:
    """(n, 7) calibrated probabilities of one copy of each face.

    Args:
        side: pixels to which the faces were reduced.
    """
    size = np.fmin(resolution(answers), side) if np.isfinite(side) else resolution(answers)
    return interpret.emotions(copies.raw[:, column], card, shares, quality.features(size, copies.sharpness[:, column]))


def _unknown(answers: Answers) -> npt.NDArray[np.float32]:
    return np.full(len(answers.labels), np.nan, np.float32)
