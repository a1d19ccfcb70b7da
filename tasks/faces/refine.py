"""Landmarks found again, on the face alone, turned upright and large.

YuNet's landmarks tell little of a small face's roll. Of photographs turned by 15 degrees to each side they followed
3 degrees of 10 where the face was 60 to 100 pixels high, 7 at 160 and 9 from 190 on. Found again as here, they follow
9.2 to 9.9 at any size (34 faces of photographs, 79 crops of FER-2013, median).
"""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces import align, detect
from tasks.faces.face import Face
from tasks.images.normalise import bgr
from tasks.params import Detector

SIDE: Final = 192  # pixels, of the view of the face
STILL: Final = 4.0  # degrees; a face that is turned by less is upright
PASSES: Final = 3  # at most; on average it takes 1.3 to 2
# Another face, or no face at all: beyond this share of the square between the middles, or this factor between the
# sizes. Of 148 faces in photographs 4 were, all of them under 40 pixels and half hidden.
_SHIFT: Final = 0.25
_FACTOR: Final = 1.5


def refined(image: npt.NDArray[np.uint8], face: Face, params: Detector, name: str, weights: str) -> Face:
    """``face`` of a picture (h, w[, 3]) with landmarks that say how it is turned; the box and the score stay.

    Faces without landmarks come back as they are, and so do faces that are not found again.

    Args:
        params: of the detection; sizes are pixels of a view of SIDE x SIDE pixels that the face fills.
        name: of the detector.
        weights: its file.
    """
    for _ in range(PASSES):
        matrix = None if face.landmarks is None else align.square(face.landmarks)
        seen = None if matrix is None else _found_again(image, matrix, params, name, weights)
        if matrix is None or seen is None:
            return face
        left = align.square(seen)
        if left is None or not _same(left):
            return face
        landmarks = np.linalg.solve(matrix[:, :2], (seen - matrix[:, 2]).T).T
        face = replace(face, landmarks=landmarks.astype(np.float32))
        if abs(np.degrees(np.arctan2(left[1, 0], left[0, 0]))) < STILL:
            return face
    return face


def _found_again(
    image: npt.NDArray[np.uint8], matrix: npt.NDArray[np.float64], params: Detector, name: str, weights: str
) -> npt.NDArray[np.float32] | None:
    """Landmarks (5, 2) of the face in the middle of the square of ``matrix``, as shares of it."""
    view = align.sample(image, matrix, 0.0)
    way = cv2.INTER_AREA if len(view) > SIDE else cv2.INTER_CUBIC
    faces = detect.find(
        bgr(np.asarray(cv2.resize(view, (SIDE, SIDE), interpolation=way), np.uint8)), name, params, weights
    )
    nearest = min(faces, key=_off_middle, default=None)
    return None if nearest is None or nearest.landmarks is None else nearest.landmarks / np.float32(SIDE)


def _same(left: npt.NDArray[np.float64]) -> bool:
    """Whether ``left``, from the old square to the new one, hardly moves it."""
    size = float(np.hypot(*left[:, 0]))
    shift = left @ (0.5, 0.5, 1.0) - 0.5
    return 1 / _FACTOR < size < _FACTOR and float(np.hypot(*shift)) < _SHIFT


def _off_middle(face: Face) -> float:
    return float(np.hypot(face.x + face.w / 2 - SIDE / 2, face.y + face.h / 2 - SIDE / 2))
