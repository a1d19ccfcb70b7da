"""Faces and labels in, answers out: what a worker does with one batch."""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.calibrate import soften
from tasks.evaluation.answers import Answers, Mistake, worst
from tasks.evaluation.views import Faces, Network, average, number
from tasks.faces import crop
from tasks.images.damage import KINDS, SEVERITIES, damage
from tasks.images.normalise import normalise
from tasks.params import Evaluate, Normalise

_MEASURED: Final = Normalise()  # as of `tasks.score.rows`
CASES: Final = tuple((kind, severity) for kind in KINDS for severity in SEVERITIES)  # columns of `Answers.damaged`


def judge(
    network: Network,
    temperature: float,
    faces: Faces,
    labels: npt.NDArray[np.int64],
    keys: Sequence[str],
    params: Evaluate,
) -> Answers:
    """Ask ``network`` about n faces, their views and, with ``params.robustness``, their damaged copies.

    Damage is judged on the face alone, without views: it is what scoring sees.

    Args:
        network: uncalibrated.
        temperature: that its logits are divided by, for the confidence of mistakes.
        faces: (n, side, side) grey or (n, side, side, 3) BGR, as the network takes them.
        labels: (n,) the truth.
        keys: n names.
    """
    found = average(network, faces, keys, params)
    calibrated = soften(found.views, temperature)
    predicted, confidence = calibrated.argmax(axis=1), calibrated.max(axis=1)
    mistakes = worst(
        (
            Mistake(float(confidence[at]), keys[at], int(labels[at]), int(predicted[at]), faces[at].copy())
            for at in np.flatnonzero(predicted != labels).tolist()
        ),
        params.mistakes,
    )
    damaged = np.zeros((len(faces), len(CASES) if params.robustness else 0), np.int8)
    for column in range(damaged.shape[1]):
        damaged[:, column] = network(_damaged(faces, keys, column, params.seed)).argmax(axis=1)
    hashes = [np.frombuffer(hashlib.sha256(np.ascontiguousarray(face).data).digest(), np.uint8) for face in faces]
    looks = np.array([_look(face) for face in faces], np.float32)
    return Answers(
        list(keys), labels, found.views, found.alone, damaged, np.stack(hashes), mistakes=mistakes, looks=looks
    )


def _look(face: Faces) -> tuple[float, float]:
    """Brightness and blur of one face, as scoring measures them."""
    grey = normalise(face, _MEASURED)
    return crop.brightness(grey), crop.blur(grey)


def _damaged(faces: Faces, keys: Sequence[str], column: int, seed: int) -> Faces:
    kind, severity = CASES[column]
    return np.stack(
        [
            damage(face, kind, severity, np.random.default_rng((seed, number(key), column)))
            for face, key in zip(faces, keys, strict=True)
        ]
    )
