"""Faces and labels in, raw answers out: what a worker does with one batch. What they mean, `verdict` says."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.evaluation import sizes
from tasks.evaluation.answers import Answers, Copies, Probabilities
from tasks.evaluation.views import Faces, Network, average, number
from tasks.faces import crop
from tasks.images.damage import KINDS, SEVERITIES, damage
from tasks.images.measure import sharpness
from tasks.images.normalise import grey, normalise
from tasks.params import Evaluate, Normalise

_MEASURED: Final = Normalise()  # as of `tasks.score.rows`
CASES: Final = tuple((kind, severity) for kind in KINDS for severity in SEVERITIES)  # columns of `Answers.damaged`


def judge(
    network: Network, faces: Faces, labels: npt.NDArray[np.int64], keys: Sequence[str], params: Evaluate
) -> Answers:
    """Ask ``network`` about n faces, their views and, where ``params`` want it, damaged and reduced copies.

    Copies are judged alone, without views: that is what scoring sees.

    Args:
        network: uncalibrated.
        faces: (n, side, side) grey or (n, side, side, 3) BGR, as the network takes them.
        labels: (n,) the data set's word.
        keys: n names.
    """
    found = average(network, faces, keys, params)
    cases = range(len(CASES) if params.robustness else 0)
    sides = sizes.SIDES if params.sizes else ()
    hashes = [np.frombuffer(hashlib.sha256(np.ascontiguousarray(face).data).digest(), np.uint8) for face in faces]
    return Answers(
        list(keys),
        labels,
        found.views,
        found.alone,
        _asked(network, (_damaged(faces, keys, column, params.seed) for column in cases), found.alone),
        _asked(network, (sizes.reduced(faces, side) for side in sides), found.alone),
        np.stack(hashes),
        looks=np.array([_look(face) for face in faces], np.float32),
    )


def sharpnesses(faces: Faces) -> npt.NDArray[np.float32]:
    """(n,) sharpness of (n, side, side[, 3]) faces."""
    return np.asarray(sharpness(np.stack([grey(face) for face in faces])), np.float32)


def _asked(network: Network, copies: Iterable[Faces], alone: Probabilities) -> Copies:
    found = [(network(faces), sharpnesses(faces)) for faces in copies]
    if not found:
        return Copies.none(alone)
    return Copies(np.stack([raw for raw, _ in found], axis=1), np.stack([sharp for _, sharp in found], axis=1))


def _look(face: Faces) -> tuple[float, float]:
    """Brightness and blur of one face, as scoring measures them."""
    luma = normalise(face, _MEASURED)
    return crop.brightness(luma), crop.blur(luma)


def _damaged(faces: Faces, keys: Sequence[str], column: int, seed: int) -> Faces:
    kind, severity = CASES[column]
    return np.stack(
        [
            damage(face, kind, severity, np.random.default_rng((seed, number(key), column)))
            for face, key in zip(faces, keys, strict=True)
        ]
    )
