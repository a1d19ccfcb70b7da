"""MTCNN with a library that is made up, and on drawn faces where the real one is installed."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tasks.errors import UsageError
from tasks.faces import detect, mtcnn, weights
from tasks.faces.face import Face
from tasks.faces.track import overlap
from tasks.params import Detector
from tasks.synthetic.scenes import still

HAVE = find_spec(mtcnn.PACKAGE) is not None
NEEDS = pytest.mark.skipif(not HAVE, reason="needs mtcnn: make install EXTRAS=mtcnn")

X, Y = [31.5, 51.5, 40, 33, 49], [40, 41.25, 50, 60, 61]


class Library:
    """`MTCNN.detect_faces` with the answer that it is told to give."""

    def __init__(self, rows: list[list[float]]) -> None:
        self.rows = np.array(rows, np.float64).reshape(-1, 16)
        self.asked: dict[str, Any] = {}

    def __call__(self, image: npt.NDArray[np.uint8], **asked: Any) -> npt.NDArray[np.float64]:
        self.asked = {"pixel": image[0, 0].tolist(), **asked}
        return self.rows


def _found(library: Library, params: Detector) -> list[Face]:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:] = (1, 2, 3)
    return mtcnn.detector(library, params)(picture)


def test_boxes_scores_and_landmarks_are_taken_over_in_our_order() -> None:
    (face,) = _found(Library([[0, 20, 30, 40.5, 50, 0.99, *X, *Y]]), Detector())
    assert (face.x, face.y, face.w, face.h, face.score) == (20, 30, 40.5, 50, 0.99)
    assert face.landmarks is not None
    assert face.landmarks.dtype == np.float32
    assert face.landmarks.tolist() == [[31.5, 40], [51.5, 41.25], [40, 50], [33, 60], [49, 61]]


def test_the_surest_face_comes_first_and_none_is_none() -> None:
    rows = [[0, 20, 30, 40, 50, score, *X, *Y] for score in (0.8, 0.95, 0.9)]
    assert [face.score for face in _found(Library(rows), Detector())] == [0.95, 0.9, 0.8]
    assert _found(Library([]), Detector()) == []


@pytest.mark.parametrize(("least", "asked"), [(16, 16), (20, 20), (40, 20)])
def test_the_library_sees_rgb_and_what_params_say(least: int, asked: int) -> None:
    library = Library([])
    _found(library, Detector(min_size=least, threshold=0.7))
    assert library.asked["pixel"] == [3, 2, 1]
    assert (library.asked["min_face_size"], library.asked["threshold_onet"]) == (asked, 0.7)


def test_without_the_library_the_way_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mtcnn, "PACKAGE", "mtcnn_that_is_not_there")
    with pytest.raises(UsageError, match=r"^detector\.name: .* Run: make install EXTRAS=mtcnn$"):
        mtcnn.load(Detector(), "")
    with pytest.raises(UsageError, match="EXTRAS=mtcnn"):  # before a run, not on its workers
        weights.choose(Detector(name="mtcnn"))


def test_with_the_library_no_file_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mtcnn, "PACKAGE", "numpy")
    assert weights.choose(Detector(name="mtcnn")) == weights.Chosen("mtcnn", "", "", False, "asked for")


@NEEDS
@pytest.mark.chain
def test_drawn_faces_are_found_with_their_landmarks() -> None:
    """Large frontal faces, whatever the least size."""
    hits, seen = 0, 0
    for index in range(30):
        picture, (face,) = still(21, index)
        if face.h < 80 or max(abs(face.yaw), abs(face.pitch), abs(face.roll)) > 12:
            continue
        seen += 1
        found = detect.find(picture, "mtcnn", Detector(name="mtcnn", min_size=(16, 40)[index % 2]), "")
        truth = Face(face.x, face.y, face.w, face.h, 1)
        hit = next((one for one in found if overlap(one, truth) >= 0.4), None)
        if hit is None or hit.landmarks is None:
            continue
        hits += 1
        right_eye, left_eye, nose, right_mouth, left_mouth = hit.landmarks
        assert right_eye[0] < nose[0] < left_eye[0]  # the person's right is the picture's left
        assert right_mouth[0] < left_mouth[0]
        assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert seen >= 6
    assert hits >= 0.8 * seen


@NEEDS
@pytest.mark.chain
@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (15, 15), (31, 33), (30, 640), (480, 640)])
def test_pictures_of_any_shape_are_bearable(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert detect.find(noise, "mtcnn", Detector(name="mtcnn"), "") == []
