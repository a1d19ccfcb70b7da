"""Where one shot of a film ends and the next begins: sampled frames whose colours differ."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

CUT: Final = 0.6  # correlation of colour histograms under which two samples are of two shots
# Histograms are taken in CELLS x CELLS parts. Of pairs of different photographs 57 % correlate over 0.5 as a whole and
# 2 % over 0.6 in parts; samples of one shot, half a second apart, correlated over 0.7.
CELLS: Final = 4
SIDE: Final = 16 * CELLS
DENSE: Final = 4  # pixels that are averaged for one of those, along each side, at least


class Shots:
    """Tells cuts in consecutive samples.

    Attributes:
        look: all that is compared of the last sample: itself, made small; None before the first.
    """

    def __init__(self) -> None:
        """Begin with no sample."""
        self.look: bytes | None = None
        self._colours: npt.NDArray[np.float32] | None = None

    def step(self, image: npt.NDArray[np.uint8]) -> bool | None:
        """Whether the BGR picture ``image`` begins another shot than the last one's; None for the first."""
        step = max(1, min(image.shape[:2]) // (SIDE * DENSE))  # of 1080p 0.7 ms in place of 4.5; colours stay
        few = np.ascontiguousarray(image[::step, ::step])
        return self.resume(cv2.resize(few, (SIDE, SIDE), interpolation=cv2.INTER_AREA).tobytes())

    def resume(self, look: bytes) -> bool | None:
        """As ``step``, for a sample that another instance saw, by its ``look``."""
        before, self.look = self._colours, look
        self._colours = colours(np.frombuffer(look, np.uint8).reshape(SIDE, SIDE, 3))
        if before is None:
            return None
        return float(cv2.compareHist(before, self._colours, cv2.HISTCMP_CORREL)) < CUT


def colours(small: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Colours of each part of a picture (SIDE, SIDE, 3): (CELLS * CELLS * 8, 64); blurred: light matters little."""
    cells = [cell for row in np.split(small, CELLS) for cell in np.split(row, CELLS, axis=1)]
    counted = [cv2.calcHist([cell], [0, 1, 2], None, [8, 8, 8], [0, 256] * 3).reshape(8, 64) for cell in cells]
    return np.vstack([cv2.GaussianBlur(counts, (3, 3), 0) for counts in counted])
