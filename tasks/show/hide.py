"""Make a face unrecognisable: what is left of it is a handful of mean colours."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.show.interpolate import Box

CELLS: Final = 5  # per side of a face, so that 25 colours remain, of which no sharpening makes a face
MARGIN: Final = 0.35  # of the box, hidden on each side as well: hair, ears, and a box that lags behind
STEPS: Final = 16  # levels that two neighbouring colours differ by at least


def pixelate(image: npt.NDArray[np.uint8], box: Box) -> None:
    """Replace ``box`` and its margin in a BGR image (h, w, 3), in place, by CELLS x CELLS even squares.

    The mosaic's colours are means over whole cells, rounded to STEPS levels, so that neither sharpening nor a row of
    frames with slightly other cells gives back what was below. Boxes outside the picture change nothing.
    """
    x, y, w, h = box
    height, width = image.shape[:2]
    left, top = max(0, int(x - MARGIN * w)), max(0, int(y - MARGIN * h))
    right, bottom = min(width, int(x + w + MARGIN * w) + 1), min(height, int(y + h + MARGIN * h) + 1)
    if right <= left or bottom <= top:
        return
    inside = image[top:bottom, left:right]
    size = (min(CELLS, right - left), min(CELLS, bottom - top))
    small = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    coarse = np.asarray(small // STEPS * STEPS + STEPS // 2, np.uint8)
    inside[:] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
