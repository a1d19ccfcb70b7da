"""The end of a new bundle: its card says what LiteRT computes, as that is what scoring runs."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import bundle
from tasks.calibrate import fit_temperature
from tasks.classify import Classifier, shares
from tasks.dataset import Split


class Finished(NamedTuple):
    """The final card, and the accuracy of model.tflite on the split that it was judged on."""

    card: bundle.Card
    accuracy: float


def finish(folder: Path, card: bundle.Card, expected: npt.NDArray[np.float32], judged: Split) -> Finished:
    """Fit the temperature, measure the export's parity, and write the final card.

    Args:
        expected: (m, k) what Keras answers for the first m faces of ``judged``.
    """
    bundle.write_card(folder, card)
    found = Classifier(folder).raw(judged.images)
    answers = shares(found) if card.head == "sigmoid" else found
    card = replace(
        card,
        temperature=fit_temperature(answers, judged.labels),
        parity=float(np.abs(found[: len(expected)] - expected).max()),
    )
    bundle.write_card(folder, card)
    return Finished(card, float((answers.argmax(axis=1) == judged.labels).mean()))
