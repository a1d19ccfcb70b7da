from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.schema import EMOTIONS
from tasks.synthetic.scenes import still
from tasks.synthetic.truth import TruthFace

_YUNET = Path(__file__).parents[2].parent / "shared" / "data" / "detectors" / "face_detection_yunet_2023mar.onnx"
_Boxes = list[tuple[float, float, float, float]]


def _overlap(face: TruthFace, box: tuple[float, float, float, float]) -> float:
    """Intersection over union."""
    x, y, w, h = box
    wide = min(face.x + face.w, x + w) - max(face.x, x)
    high = min(face.y + face.h, y + h) - max(face.y, y)
    both = max(0.0, wide) * max(0.0, high)
    return both / (face.w * face.h + w * h - both)


def _is_frontal(face: TruthFace) -> bool:
    return face.h >= 64 and abs(face.yaw) <= 15 and abs(face.pitch) <= 15 and abs(face.roll) <= 10


def _found(detect: Callable[[npt.NDArray[np.uint8]], _Boxes], stills: int) -> tuple[float, int]:
    """Share of large frontal faces found, and how many boxes hit no face at all."""
    hits: list[bool] = []
    strays = 0
    for index in range(stills):
        picture, faces = still(11, index, faces=index % 3)
        boxes = detect(picture)
        strays += sum(all(_overlap(face, box) < 0.2 for face in faces) for box in boxes)
        hits += [any(_overlap(face, box) >= 0.4 for box in boxes) for face in faces if _is_frontal(face)]
    assert len(hits) >= stills / 2
    return sum(hits) / len(hits), strays


def test_the_haar_cascade_finds_the_faces() -> None:
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))

    def detect(picture: npt.NDArray[np.uint8]) -> _Boxes:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        return [tuple(box) for box in cascade.detectMultiScale(grey, 1.1, 5, minSize=(32, 32))]

    recall, strays = _found(detect, 36)
    assert recall >= 0.9  # 0.95 and more over hundreds of faces; this sample is small
    assert strays <= 3


@pytest.mark.real
@pytest.mark.skipif(not _YUNET.exists(), reason="YuNet's file is not in ../shared/data")
def test_yunet_finds_the_faces() -> None:
    network = cv2.FaceDetectorYN.create(str(_YUNET), "", (640, 480), 0.6)

    def detect(picture: npt.NDArray[np.uint8]) -> _Boxes:
        rows = network.detect(picture)[1]
        return [] if rows is None else [tuple(row[:4]) for row in rows]

    recall, strays = _found(detect, 36)
    assert recall >= 0.95
    assert strays == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**30), st.integers(0, 1000), st.integers(0, 4))
def test_truth_lies_inside_the_picture_and_apart(seed: int, index: int, faces: int) -> None:
    picture, truth = still(seed, index, faces)
    assert picture.shape == (480, 640, 3)
    assert picture.dtype == np.uint8
    assert len(truth) == faces == len({face.identity for face in truth})
    for face in truth:
        assert 0 <= face.x < face.x + face.w <= 640
        assert 0 <= face.y < face.y + face.h <= 480
        assert 47.9 <= face.h <= 220.1
        assert face.emotion in EMOTIONS
        assert 0.5 <= face.intensity <= 1
        assert face.frame == 0
        assert face.pts_ms is None
    for person, face in permutations(truth, 2):  # shoulders are the widest part, and end below the box
        beside = abs(person.x + person.w / 2 - face.x - face.w / 2) > 0.9 * person.h + face.w / 2
        assert beside or face.y > person.y + 1.6 * person.h or face.y + face.h < person.y


def test_the_same_arguments_give_the_same_picture() -> None:
    picture, truth = still(5, 2, 2)
    again, same = still(5, 2, 2)
    other, _ = still(5, 3, 2)
    np.testing.assert_array_equal(picture, again)
    assert truth == same
    assert (picture != other).any()


def test_crowds_always_find_room() -> None:
    for index in range(25):
        _, truth = still(21, index, faces=3 + index % 4)
        assert len(truth) == 3 + index % 4


def test_more_faces_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="faces=9 do not fit into 160 x 120"):
        still(1, 1, faces=9, width=160, height=120)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="index=-1"):
        still(1, -1)
