"""A detector that finds a face in every picture, and does harm where the picture's first pixel says so."""

import os
import signal
import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from distributed.diagnostics.plugin import WorkerPlugin

from tasks.faces import DETECTORS
from tasks.faces.face import Detect, Face
from tasks.params import Detector

NAME: Final = "wild"
CALM, HANGS, EATS, KILLS, RAISES = (
    np.array(colour, np.uint8) for colour in ([9] * 3, [1] * 3, [2] * 3, [3] * 3, [4] * 3)
)
MEAL: Final = 400 << 20  # bytes
_held: list[npt.NDArray[np.uint8]] = []


def load(params: Detector, weights: str) -> Detect:
    """The detector; ``weights`` other than nothing make it tame."""

    def find(image: npt.NDArray[np.uint8]) -> list[Face]:
        if not weights:
            _harm(image[0, 0])
        return [Face(20.0, 20.0, 40.0, 40.0, 0.9)]

    return find


def _harm(sign: npt.NDArray[np.uint8]) -> None:
    if (sign == HANGS).all():
        time.sleep(3600)  # other threads run, as beside any native decoder
    if (sign == EATS).all():
        _held.append(np.ones(MEAL, np.uint8))
        time.sleep(3600)
    if (sign == KILLS).all():
        os.kill(os.getpid(), signal.SIGKILL)
    if (sign == RAISES).all():
        raise IndexError("no such thing\nas this")


class Wild(WorkerPlugin):  # type: ignore[misc, unused-ignore]
    """Gives each worker the detector NAME."""

    name = "wild-detector"

    def setup(self, worker: Any) -> None:
        DETECTORS[NAME] = load
