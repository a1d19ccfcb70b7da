"""Boxes and labels on a picture."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.show.interpolate import Box

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_HEIGHT: Final = 22  # pixels of FONT at scale 1: that of a capital
Colour = tuple[int, int, int]


def outline(image: npt.NDArray[np.uint8], box: Box, colour: Colour) -> None:
    """Draw a box into a BGR image (h, w, 3), in place; ``colour`` is red, green, blue."""
    x, y, w, h = (round(value) for value in box)
    cv2.rectangle(image, (x, y), (x + w, y + h), colour[::-1], thickness(image), cv2.LINE_AA)


def label(image: npt.NDArray[np.uint8], box: Box, text: str, colour: Colour) -> None:
    """Write ``text`` on a ground of ``colour`` above the box, inside it where there is no room, never off the picture.

    Args:
        image: BGR, (h, w, 3), changed in place.
        text: characters of ASCII, all that FONT has.
    """
    height, width = image.shape[:2]
    scale = max(0.4, min(height, width) / 900)
    heavy = max(1, round(2 * scale))
    (wide, high), under = cv2.getTextSize(text, FONT, scale, heavy)
    pad = max(2, round(_HEIGHT * scale / 4))
    tall, broad = high + under + 2 * pad, wide + 2 * pad
    x = min(max(round(box[0]), 0), max(0, width - broad))
    y = round(box[1]) - tall if box[1] >= tall else round(box[1])
    y = min(max(y, 0), max(0, height - tall))
    cv2.rectangle(image, (x, y), (x + broad - 1, y + tall - 1), colour[::-1], cv2.FILLED)
    bright = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    ink = (0, 0, 0) if bright > 140 else (255, 255, 255)
    cv2.putText(image, text, (x + pad, y + pad + high), FONT, scale, ink, heavy, cv2.LINE_AA)


def thickness(image: npt.NDArray[np.uint8]) -> int:
    """Pixels of a line that is seen on pictures of any size."""
    side: int = min(image.shape[:2])
    return max(1, round(side / 300))
