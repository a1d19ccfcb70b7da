"""The detector `none`, for pictures that are faces already: crops of another tool, data sets of faces."""

import numpy as np
import numpy.typing as npt

from tasks.faces.face import Detect, Face
from tasks.params import Detector


def load(params: Detector, weights: str) -> Detect:
    """A detector that takes every picture (h, w, 3) as one face that is certain; neither argument is read."""

    def detect(image: npt.NDArray[np.uint8]) -> list[Face]:
        return [Face(0.0, 0.0, float(image.shape[1]), float(image.shape[0]), 1.0)]

    return detect
