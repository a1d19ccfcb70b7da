"""MTCNN, three small networks one after the other, by the library `mtcnn` (MIT), which carries their weights.

It runs on TensorFlow: a worker takes seconds to start and some 20 times as long per picture as with YuNet.

Source: Zhang et al., Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks, IEEE Signal
Processing Letters 2016.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks import quiet
from tasks.errors import UsageError
from tasks.faces.face import Detect, Face
from tasks.params import Detector

PACKAGE: Final = "mtcnn"
# Pixels. Of mtcnn 1.0's pyramid the last picture gets smaller than the first network's window if faces may only be
# larger than this, and then it finds nothing at all (40: none of five faces of 100 pixels).
LARGEST: Final = 20


def require() -> None:
    """Make sure that the library is there, without importing it.

    Raises:
        UsageError: it isn't.
    """
    if find_spec(PACKAGE) is None:
        raise UsageError(f"detector.name: {PACKAGE} is not installed here. Run: make install EXTRAS=mtcnn")


def load(params: Detector, weights: str) -> Detect:
    """Load the three networks; ``weights`` is not read.

    Raises:
        UsageError: the library is not installed.
    """
    require()
    with quiet.native_output():
        from mtcnn import MTCNN

        network = MTCNN()
    return detector(network.detect_faces, params)


def detector(detect_faces: Callable[..., Any], params: Detector) -> Detect:
    """Faces from what the library's ``detect_faces`` says of an RGB picture.

    It gives rows (n, 16): the picture's number, x, y, w, h, score, and the x of five landmarks before their y. Its
    `left_eye` is the picture's left, the person's right: the landmarks are in our order.
    """

    def detect(image: npt.NDArray[np.uint8]) -> list[Face]:
        rows = detect_faces(
            cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
            output_type="numpy",  # the other type is rounded to whole pixels
            fit_to_image=False,
            min_face_size=min(params.min_size, LARGEST),
            threshold_onet=params.threshold,
        )
        return sorted((_face(row) for row in np.reshape(rows, (-1, 16))), key=lambda face: -face.score)

    return detect


def _face(row: npt.NDArray[np.float64]) -> Face:
    x, y, w, h, score = (float(value) for value in row[1:6])
    return Face(x, y, w, h, score, row[6:].reshape(2, 5).T.astype(np.float32))
