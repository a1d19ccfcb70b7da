"""YuNet, the small convolutional detector of OpenCV's model zoo.

Source: Wu et al., YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
"""

import cv2
import numpy as np
import numpy.typing as npt

from tasks.errors import UsageError
from tasks.faces import yunet_onnx
from tasks.faces.face import Detect, Face
from tasks.faces.yunet_onnx import CANDIDATES, OVERLAP, padded
from tasks.params import Detector


def load(params: Detector, weights: str) -> Detect:
    """Load YuNet's ONNX file ``weights``: on onnxruntime where that is installed and can run it, else on OpenCV.

    Raises:
        UsageError: the file doesn't load.
    """
    return yunet_onnx.load(params, weights) or on_opencv(params, weights)


def on_opencv(params: Detector, weights: str) -> Detect:
    """Load YuNet's ONNX file ``weights`` into OpenCV's own runner.

    Raises:
        UsageError: the file doesn't load.
    """
    try:
        network = cv2.FaceDetectorYN.create(weights, "", (320, 320), params.threshold, OVERLAP, CANDIDATES)
    except cv2.error as error:
        raise UsageError(f"detector.weights: '{weights}' is not a YuNet file that OpenCV loads ({error.err})") from None

    def detect(image: npt.NDArray[np.uint8]) -> list[Face]:
        image = padded(image)
        network.setInputSize((image.shape[1], image.shape[0]))
        rows = network.detect(image)[1]
        return [] if rows is None else [_face(row) for row in rows]

    return detect


def _face(row: npt.NDArray[np.float32]) -> Face:
    x, y, w, h = (float(value) for value in row[:4])
    return Face(x, y, w, h, float(row[14]), row[4:14].reshape(5, 2).copy())
