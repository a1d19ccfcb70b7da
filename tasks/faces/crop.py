"""From a detected face to the square that the network sees, and what can be measured of it."""

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces import align
from tasks.faces.face import Face


def cut(image: npt.NDArray[np.uint8], face: Face, margin: float, aligned: bool) -> npt.NDArray[np.uint8]:
    """The square around ``face`` in a picture (h, w[, 3]); where it leaves the picture, the nearest pixels fill it.

    Args:
        margin: share of the square's side that is added on each side.
        aligned: turn the square with the face, by its landmarks (`align.PLACES`); without landmarks, and where they
            are not those of a face, the square is upright around the box, its side the box's longer one.
    """
    matrix = align.square(face.landmarks) if aligned and face.landmarks is not None else None
    return _around_box(image, face, margin) if matrix is None else align.sample(image, matrix, margin)


def _around_box(image: npt.NDArray[np.uint8], face: Face, margin: float) -> npt.NDArray[np.uint8]:
    side = max(1, round(max(face.w, face.h) * (1 + 2 * margin)))
    left, top = round(face.x + face.w / 2 - side / 2), round(face.y + face.h / 2 - side / 2)
    height, width = image.shape[:2]
    inside = image[max(0, top) : top + side, max(0, left) : left + side]
    edges = (max(0, -top), max(0, top + side - height), max(0, -left), max(0, left + side - width))
    if any(edges):
        filled: npt.NDArray[np.uint8] = cv2.copyMakeBorder(inside, *edges, cv2.BORDER_REPLICATE)
        return filled
    return inside


def blur(grey: npt.NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of a normalised grey face: low is blurred.

    Source: Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000.
    """
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def brightness(grey: npt.NDArray[np.uint8]) -> float:
    """Mean grey level, 0..255."""
    return float(grey.mean())
