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
DENSE: Final = 4  # pixels that are averaged for one of those, along each side: all of 1080p would take 5 ms, these 0.2
LEVELS: Final = 8  # of each colour that are told apart
# The first bin of the part that each pixel is in.
_PARTS: Final = LEVELS**3 * (CELLS * (np.arange(SIDE)[:, None] * CELLS // SIDE) + np.arange(SIDE) * CELLS // SIDE)


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
        few = cv2.resize(image, (SIDE * DENSE, SIDE * DENSE), interpolation=cv2.INTER_NEAREST)
        return self.resume(cv2.resize(few, (SIDE, SIDE), interpolation=cv2.INTER_AREA).tobytes())

    def resume(self, look: bytes) -> bool | None:
        """As ``step``, for a sample that another instance saw, by its ``look``."""
        before, self.look = self._colours, look
        self._colours = colours(np.frombuffer(look, np.uint8).reshape(SIDE, SIDE, 3))
        if before is None:
            return None
        return float(cv2.compareHist(before, self._colours, cv2.HISTCMP_CORREL)) < CUT


def colours(small: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Colours of each part of a picture (SIDE, SIDE, 3): (8, 64, CELLS * CELLS); blurred: light matters little."""
    blue, green, red = np.moveaxis(small.astype(np.int64) * LEVELS // 256, 2, 0)
    bins = _PARTS + LEVELS**2 * blue + LEVELS * green + red
    counts = np.bincount(bins.ravel(), minlength=CELLS**2 * LEVELS**3).reshape(CELLS**2, LEVELS, LEVELS**2)
    # One channel per part: they are blurred apart.
    return np.asarray(cv2.GaussianBlur(np.ascontiguousarray(counts.transpose(1, 2, 0), np.float32), (3, 3), 0))
