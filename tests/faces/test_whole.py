import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.faces import crop, detect, whole
from tasks.faces.face import Face
from tasks.faces.subject import subject
from tasks.params import Detector, Normalise

NONE = Detector(name="none")


def test_the_picture_is_the_face() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    assert whole.load(NONE, "/no/such/file")(picture) == [Face(0, 0, 64, 48, 1.0)]


def test_the_crop_of_a_square_picture_is_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    (face,) = detect.find(picture, "none", NONE, "")
    np.testing.assert_array_equal(crop.cut(picture, face, 0.0, aligned=True), picture)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000))
def test_a_large_picture_is_one_face_but_for_what_reducing_rounds_off(height: int, width: int) -> None:
    (face,) = detect.find(np.zeros((height, width, 3), np.uint8), "none", Detector(min_size=1), "")
    pixel = max(1.0, max(height, width) / 1024)
    assert (face.x, face.y, face.score, face.landmarks) == (0, 0, 1.0, None)
    assert 0 <= height - face.h <= pixel
    assert 0 <= width - face.w <= pixel


@pytest.mark.parametrize(("side", "faces"), [(15, 0), (16, 1)])
def test_the_least_size_counts_for_pictures_too(side: int, faces: int) -> None:
    assert len(detect.find(np.zeros((side, 40, 3), np.uint8), "none", NONE, "")) == faces


@pytest.mark.parametrize("mode", ["photograph", "crop"])
def test_the_subject_of_a_picture_is_the_picture(mode: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    found = subject(picture, Normalise.model_validate({"align": mode}), NONE, "none", "")
    assert found is not None
    assert not found.aligned
    np.testing.assert_array_equal(found.image, picture)
