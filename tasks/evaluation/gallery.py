"""The most confident mistakes as one picture."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.evaluation.charts import blank
from tasks.evaluation.mistakes import Mistake
from tasks.schema import EMOTIONS

ACROSS: Final = 8


def gallery(mistakes: Sequence[Mistake], faces: Mapping[str, npt.NDArray[np.uint8]]) -> Any:
    """A grid of faces, the most confident first: truth, what was predicted, and with which confidence.

    Args:
        faces: key -> (h, w) or (h, w, 3) BGR.
    """
    rows = max(1, math.ceil(len(mistakes) / ACROSS))
    figure = blank(ACROSS * 1.35, rows * 1.75 + 0.4)
    figure.suptitle("most confident mistakes: truth \N{RIGHTWARDS ARROW} prediction, confidence", fontsize=10)
    for axes, mistake in zip(figure.subplots(rows, ACROSS, squeeze=False).flat, mistakes, strict=False):
        face = faces[mistake.key]
        axes.imshow(cv2.cvtColor(face, cv2.COLOR_BGR2RGB) if face.ndim == 3 else face, cmap="gray", vmin=0, vmax=255)
        words = (
            f"{EMOTIONS[mistake.actual]} \N{RIGHTWARDS ARROW}\n{EMOTIONS[mistake.predicted]} {mistake.confidence:.2f}"
        )
        axes.set_title(words, fontsize=8)
    for axes in figure.axes:
        axes.axis("off")
    return figure
