"""One detected face."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Face:
    """A box (pixels of the upright picture), its score 0..1 and five landmarks (5, 2): the eyes, the nose's tip and
    the mouth's corners, the person's right before the left; None from detectors that find none.
    """

    x: float
    y: float
    w: float
    h: float
    score: float
    landmarks: npt.NDArray[np.float32] | None = None

    def scaled(self, factor: float) -> "Face":
        """The same face in a picture ``factor`` times as large."""
        landmarks = None if self.landmarks is None else (self.landmarks * factor).astype(np.float32)
        return Face(self.x * factor, self.y * factor, self.w * factor, self.h * factor, self.score, landmarks)


Detect = Callable[[npt.NDArray[np.uint8]], list[Face]]
