"""Five landmarks of a prepared face: found on the face enlarged, as `faces.subject` finds those of tight crops."""

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces import detect
from tasks.faces.refine import refined
from tasks.faces.subject import SHORTER
from tasks.images.normalise import bgr
from tasks.params import Detector


def landmarks(face: npt.NDArray[np.uint8], params: Detector, name: str, weights: str) -> npt.NDArray[np.float32] | None:
    """Landmarks (5, 2) in pixels of ``face`` (side, side[, 3]); None where the detector finds none.

    Args:
        params: thresholds and sizes of detection, in pixels of the enlarged face.
        name: of the detector.
        weights: its file.
    """
    side = max(SHORTER, len(face))
    large = np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
    found = max(detect.find(bgr(large), name, params, weights), key=lambda one: one.w * one.h * one.score, default=None)
    if found is None:
        return None
    marks = refined(large, found, params, name, weights).landmarks
    return None if marks is None else (marks * np.float32(len(face) / side)).astype(np.float32)
