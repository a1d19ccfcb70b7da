"""Alignment by YuNet's landmarks: of drawn faces whose roll is known, and of FER-2013's crops."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tasks.faces import detect
from tasks.faces.face import Face
from tasks.faces.subject import SHORTER, subject
from tasks.images.decode import decode
from tasks.images.normalise import bgr
from tasks.params import Detector, Normalise
from tasks.synthetic.scenes import still

SHARED = Path(__file__).parents[3] / "shared" / "data"
YUNET = SHARED / "detectors" / "face_detection_yunet_2023mar.onnx"
FER = SHARED / "fer2013" / "fer2013.zip"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not in ../shared/data")]

Picture = npt.NDArray[np.uint8]


def _subject(image: Picture, mode: str) -> Picture | None:
    found = subject(image, Normalise.model_validate({"align": mode}), Detector(), "yunet", str(YUNET))
    return found.image if found is not None and found.aligned else None


def _roll(image: Picture) -> float | None:
    """Angle of the eyes' line in degrees, clockwise; None where no face is found."""
    large = np.asarray(cv2.resize(bgr(image), (SHORTER, SHORTER), interpolation=cv2.INTER_CUBIC), np.uint8)
    faces: list[Face] = detect.find(large, "yunet", Detector(), str(YUNET))
    if not faces or faces[0].landmarks is None:
        return None
    right, left = faces[0].landmarks[:2]
    return float(np.degrees(np.arctan2(left[1] - right[1], left[0] - right[0])))


def test_drawn_faces_are_levelled() -> None:
    before, after = [], []
    for index in range(60):
        picture, (face,) = still(21, index)
        if face.h < 60:
            continue
        turn = cv2.getRotationMatrix2D((320, 240), 15 * (-1) ** index, 1.0)  # degrees, counterclockwise
        found = _subject(cv2.warpAffine(picture, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE), "photograph")
        left = None if found is None else _roll(found)
        if left is not None:
            before.append(face.roll - 15 * (-1) ** index)
            after.append(left)
    assert len(after) >= 30
    assert np.median(np.abs(before)) > 12
    assert np.median(np.abs(after)) < 2.5


@pytest.mark.skipif(not FER.exists(), reason="FER-2013 is not in ../shared/data")
def test_tight_crops_are_found_and_levelled() -> None:
    with zipfile.ZipFile(FER) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[::215][:150]
        crops = [decode(archive.read(name), 48 * 48) for name in names]
    pairs = [(crop, _subject(crop, "crop")) for crop in crops]
    aligned = [(crop, found) for crop, found in pairs if found is not None]
    assert len(aligned) >= 0.95 * len(crops)
    rolls = [
        (one, two) for crop, found in aligned if (one := _roll(crop)) is not None and (two := _roll(found)) is not None
    ]
    assert len(rolls) >= 0.95 * len(aligned)
    before, after = np.abs(np.array(rolls)).T
    assert np.median(after) < 0.6 * np.median(before)
    assert np.percentile(after, 90) < 0.5 * np.percentile(before, 90)
