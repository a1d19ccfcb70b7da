"""The same faces as if they had been smaller in their pictures."""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.bundle import Card
from tasks.calibrate import expected_calibration_error
from tasks.evaluation import posterior
from tasks.evaluation.abstention import abstention
from tasks.evaluation.answers import Answers
from tasks.evaluation.coverage import labelled, shares, variation
from tasks.images.normalise import normalise
from tasks.params import Normalise
from tasks.prior import Shares

SIDES: Final = (48, 32, 24, 20, 16, 12)  # pixels

Faces = npt.NDArray[np.uint8]


def reduced(faces: Faces, side: int) -> Faces:
    """(n, size, size[, 3]) faces averaged down to ``side`` pixels and enlarged again as any small face is.

    Faces that aren't larger come back as they are. Light that was evened out stays as it was.
    """
    size = faces.shape[1]
    if side >= size:
        return faces
    wanted = Normalise(size=size, colour=faces.ndim == 4)
    return np.stack(
        [
            normalise(np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA), np.uint8), wanted)
            for face in faces
        ]
    )


def by_size(answers: Answers, card: Card, prior: Shares | None, below: float) -> list[dict[str, Any]] | None:
    """A row of figures for each of SIDES; None where no reduced copies were judged.

    Args:
        answers: labels are the truth.
        prior: as of `posterior`.
        below: confidence under which a face gets no label.

    Returns:
        `side` (pixels); `accuracy` and `ece` of all; of what `coverage.labelled` says `labelled`, `accuracy_labelled`
        and `shares`; `shares_of_all`; `variation` and `variation_of_all`, the total variation of both from the first
        row's; `abstention`.
    """
    if not answers.reduced.raw.shape[1]:
        return None
    rows: list[dict[str, Any]] = []
    for column, side in enumerate(SIDES):
        found = posterior.of_copy(answers, answers.reduced, column, card, prior, side)
        predicted, confidence = found.argmax(axis=1), found.max(axis=1)
        right = predicted == answers.labels
        row: dict[str, Any] = {"side": side, "accuracy": float(right.mean())}
        row["ece"] = expected_calibration_error(found, answers.labels)
        row |= labelled(found, answers.labels, below)
        row["shares_of_all"] = shares(predicted)
        first = rows[0] if rows else row
        row["variation"] = variation(row["shares"], first["shares"])
        row["variation_of_all"] = variation(row["shares_of_all"], first["shares_of_all"])
        rows.append(row | {"abstention": abstention(confidence, right)})
    return rows
