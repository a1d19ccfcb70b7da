"""The frontal Haar cascade that OpenCV carries: the detector that is always there.

Source: Viola and Jones, Rapid Object Detection using a Boosted Cascade of Simple Features, CVPR 2001.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces.face import Detect, Face
from tasks.params import Detector

STEP = 1.1
NEIGHBOURS = 5
# Levels of the last stage that ordinary hits reach run from about 0 to 6; a logistic maps them to 0..1.
LEVEL_SCALE = 2.0


def load(params: Detector, weights: str) -> Detect:
    """Load the cascade; ``weights`` is not read."""
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).with_name("data") / "haarcascade_frontalface_default.xml"))

    def detect(image: npt.NDArray[np.uint8]) -> list[Face]:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        boxes, _, levels = cascade.detectMultiScale3(
            grey, STEP, NEIGHBOURS, minSize=(params.min_size, params.min_size), outputRejectLevels=True
        )
        faces = [
            Face(float(x), float(y), float(w), float(h), float(1 / (1 + np.exp(-level / LEVEL_SCALE))))
            for (x, y, w, h), level in zip(boxes, levels, strict=True)
        ]
        sure = (face for face in faces if face.score >= params.threshold)
        return sorted(sure, key=lambda face: (-face.score, face.x, face.y))

    return detect
