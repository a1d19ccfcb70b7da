"""The most confident mistakes as one picture."""

import math
from collections.abc import Sequence
from typing import Any, Final

import cv2

from tasks.evaluation.answers import Mistake
from tasks.evaluation.charts import blank
from tasks.schema import EMOTIONS

ACROSS: Final = 8


def gallery(mistakes: Sequence[Mistake]) -> Any:
    """A grid of faces, the most confident first: truth, what was predicted, and with which confidence."""
    rows = max(1, math.ceil(len(mistakes) / ACROSS))
    figure = blank(ACROSS * 1.35, rows * 1.75 + 0.4)
    figure.suptitle("most confident mistakes: truth \N{RIGHTWARDS ARROW} prediction, confidence", fontsize=10)
    for axes, mistake in zip(figure.subplots(rows, ACROSS, squeeze=False).flat, mistakes, strict=False):
        colour = mistake.face.ndim == 3
        axes.imshow(
            cv2.cvtColor(mistake.face, cv2.COLOR_BGR2RGB) if colour else mistake.face, cmap="gray", vmin=0, vmax=255
        )
        words = (
            f"{EMOTIONS[mistake.actual]} \N{RIGHTWARDS ARROW}\n{EMOTIONS[mistake.predicted]} {mistake.confidence:.2f}"
        )
        axes.set_title(words, fontsize=8)
    for axes in figure.axes:
        axes.axis("off")
    return figure
