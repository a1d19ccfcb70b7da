"""Emotions that are missed too often answered more readily: offsets to a network's logits.

Source: post-hoc logit adjustment, Menon et al., Long-tail Learning via Logit Adjustment, ICLR 2021. The offsets there
are the logarithms of the classes' shares; here the least that reach a recall which is asked for.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.calibrate import TINY
from tasks.errors import UsageError
from tasks.models.head import NAME
from tasks.schema import EMOTIONS

ROUNDS: Final = 10_000  # what one emotion gains another loses, which then needs more
MOST: Final = 10.0  # logits: with more, the picture hardly matters
STEP: Final = 1e-5  # logits by which an emotion wins against the next one

Offsets = npt.NDArray[np.float64]


def offsets(
    probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], recall: Mapping[str, float]
) -> Offsets:
    """(7,) least logits to add so that each emotion of ``recall`` is found in at least that share of its images.

    Args:
        probabilities: (n, 7), of softmax.
        labels: (n,) the truth.
        recall: emotion -> 0..1; one without images asks for nothing.

    Raises:
        UsageError: not all of it can be reached at once.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), TINY))
    found = np.zeros(len(EMOTIONS))
    for _ in range(ROUNDS):
        before = found.copy()
        for emotion, wanted in recall.items():
            place = EMOTIONS.index(emotion)
            found[place] = max(found[place], _needed(logits[labels == place] + found, place, wanted) + found[place])
        if np.array_equal(found, before):
            return found
        if found.max() > MOST:
            break
    asked = ", ".join(f"{emotion} {wanted:g}" for emotion, wanted in recall.items())
    raise UsageError(f"export.recall: {asked}: not all can be reached at once. Ask for less")


def shifted(probabilities: npt.NDArray[np.float32], added: Offsets) -> npt.NDArray[np.float32]:
    """What a network whose logits have ``added`` answers in place of ``probabilities`` (n, 7)."""
    odds = probabilities.astype(np.float64) * np.exp(added)
    answers: npt.NDArray[np.float32] = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    return answers


def add(network: Any, added: Offsets) -> None:
    """Add ``added`` to the logits of a Keras network of `tasks.models`, in place.

    Raises:
        UsageError: a network that ends otherwise, such as an ensemble.
    """
    layer = next((layer for layer in network.layers if layer.name == NAME), None)
    if layer is None or layer.activation.__name__ != "softmax":
        raise UsageError("export.recall: the network doesn't end in one softmax over the emotions")
    kernel, bias = layer.get_weights()
    layer.set_weights([kernel, bias + added.astype(bias.dtype)])


def _needed(logits: npt.NDArray[np.float64], place: int, wanted: float) -> float:
    """What the emotion at ``place`` lacks in (n, 7) logits of its own images to be found in a share of them."""
    count = math.ceil(wanted * len(logits) - 1e-9)
    if not count:
        return 0.0
    others = np.delete(logits, place, axis=1).max(axis=1)
    lack = float(np.sort(others - logits[:, place])[count - 1])
    return lack + STEP if lack >= 0 else 0.0
