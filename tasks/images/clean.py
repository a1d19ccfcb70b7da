"""What makes a face useless for training: one small function per flaw, each with its reason code."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tasks.params import Prepare


class Levels(NamedTuple):
    """Mean and standard deviation of grey levels, 0..255."""

    mean: float
    std: float


class Flaw(NamedTuple):
    """One of ``schema.REASONS`` and what was measured."""

    reason: str
    detail: str


def levels(image: npt.NDArray[np.uint8]) -> Levels:
    """Measure a (h, w) grey image; OpenCV sums whole numbers, so the result is the same on every machine."""
    mean, std = cv2.meanStdDev(image)
    return Levels(float(mean[0, 0]), float(std[0, 0]))


def blank(measured: Levels, least: float) -> Flaw | None:
    """A picture without content: its deviation is under ``least`` grey levels."""
    if measured.std < least:
        return Flaw("blank", f"standard deviation {measured.std:.2f} is under {least:g} grey levels")
    return None


def flaw(measured: Levels, prepare: Prepare) -> Flaw | None:
    """The first flaw that the parameters do not tolerate, or None."""
    return blank(measured, prepare.blank_std)
