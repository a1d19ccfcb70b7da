"""The face that a labelled image is about, ready to be normalised: the counterpart of what scoring cuts out."""

from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces import align, crop, detect
from tasks.faces.face import Face
from tasks.faces.refine import refined
from tasks.images.normalise import bgr
from tasks.params import Detector, Normalise

# Shorter side to which tight crops are enlarged before detection. YuNet finds 81 % of FER-2013's 48 pixel crops as they
# are, 96 % enlarged to 96 or 144, 98 % to 192 and to 288. A border around them found no more, whatever it held.
SHORTER: Final = 192
LONGER: Final = 1024  # no crop is enlarged beyond this


class Subject(NamedTuple):
    """The image to normalise, (h, w) or (h, w, 3) BGR, and whether it was aligned."""

    image: npt.NDArray[np.uint8]
    aligned: bool


def subject(
    image: npt.NDArray[np.uint8], wanted: Normalise, params: Detector, name: str, weights: str
) -> Subject | None:
    """Find the face of ``image`` as ``wanted.align`` says and cut it out upright, with ``wanted.margin``.

    `none`: the image itself. `photograph`: of the detected faces the one whose area times score is largest, aligned by
    its landmarks, or around its box when the detector finds none. `crop`: a tight crop of a face is enlarged and
    aligned by the landmarks found in it; where none are found it stays as it is, its framing its own.

    Args:
        image: (h, w[, 1 or 3]), upright.
        params: thresholds and sizes of detection, in pixels of the picture, or of the enlarged crop.
        name: of the detector.
        weights: its file.

    Returns:
        None for a photograph without a face.
    """
    if wanted.align == "none":
        return Subject(image, False)
    picture = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    if wanted.align == "crop":
        picture = enlarged(picture)
    face = main_face(picture, params, name, weights)
    matrix = None if face is None or face.landmarks is None else align.square(face.landmarks)
    if matrix is not None:
        return Subject(align.sample(picture, matrix, wanted.margin), True)
    if wanted.align == "crop":
        return Subject(image, False)
    return None if face is None else Subject(crop.cut(picture, face, wanted.margin, aligned=False), False)


def main_face(picture: npt.NDArray[np.uint8], params: Detector, name: str, weights: str) -> Face | None:
    """Of the faces found in a picture (h, w[, 3]) the one whose area times score is largest, its landmarks refined."""
    faces = detect.find(bgr(picture), name, params, weights)
    face = max(faces, key=lambda one: one.w * one.h * one.score, default=None)
    return None if face is None else refined(picture, face, params, name, weights)


def enlarged(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A tight crop of a face in a size in which faces are found."""
    height, width = image.shape[:2]
    factor = min(SHORTER / min(height, width), LONGER / max(height, width))
    if factor <= 1:
        return image
    size = (round(width * factor), round(height * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
