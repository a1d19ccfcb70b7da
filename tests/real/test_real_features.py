"""Landmarks of FER-2013's small crops."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.features.geometry import NAMES, geometry
from tasks.features.landmarks import landmarks
from tasks.params import Detector

DATA = Path(__file__).parents[2] / "../shared/data"
ZIP, YUNET = DATA / "fer2013/fer2013.zip", DATA / "detectors/face_detection_yunet_2023mar.onnx"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (ZIP.is_file() and YUNET.is_file()), reason="../shared/data has no FER-2013 or no YuNet"),
]


def test_nearly_all_crops_have_landmarks_with_a_face_s_proportions() -> None:
    with zipfile.ZipFile(ZIP) as archive:
        names = sorted(name for name in archive.namelist() if "PublicTest_" in name)[::60]
        pictures = [cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE) for name in names]
    found = [landmarks(np.asarray(face, np.uint8), Detector(), "yunet", str(YUNET)) for face in pictures]
    measured = [geometry(marks) for marks in found if marks is not None]
    assert len(measured) > 0.9 * len(pictures)
    median = dict(zip(NAMES, np.median([one for one in measured if one is not None], axis=0).tolist(), strict=True))
    assert median["mouth_width"] == pytest.approx(0.8, abs=0.1)
    assert median["eyes_mouth"] == pytest.approx(1.04, abs=0.15)
    assert median["mouth_tilt"] == pytest.approx(0, abs=4)
