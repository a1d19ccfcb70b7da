"""The end of a new bundle: its card says what LiteRT computes, as that is what scoring runs."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import bundle, interpret, prior
from tasks.calibrate import fit_temperature
from tasks.classify import Classifier


class Finished(NamedTuple):
    """The final card, and the accuracy of model.tflite on the split that it was judged on."""

    card: bundle.Card
    accuracy: float


def finish(
    folder: Path,
    card: bundle.Card,
    expected: npt.NDArray[np.float32],
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    shares: prior.Shares | None = None,
) -> Finished:
    """Fit the temperature, measure the export's parity, and write the final card.

    Args:
        expected: (m, k) what Keras answers for the first m of ``images``.
        images: (n, side, side[, 3]) of the split that it is judged on.
        labels: (n,) their truth.
        shares: (7,) the prior of those images; None: the model's own.
    """
    bundle.write_card(folder, card)
    found = Classifier(folder).raw(images)
    answers = interpret.emotions(found, replace(card, temperature=1.0), shares)
    card = replace(
        card,
        temperature=fit_temperature(answers, labels),
        parity=float(np.abs(found[: len(expected)] - expected).max()),
    )
    bundle.write_card(folder, card)
    return Finished(card, float((answers.argmax(axis=1) == labels).mean()))
