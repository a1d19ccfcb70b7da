import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.faces import align, crop
from tasks.faces.face import Face


def _picture(height: int = 40, width: int = 60) -> npt.NDArray[np.uint8]:
    """Blue is the column, green the row."""
    rows, columns = np.indices((height, width))
    return np.dstack([columns, rows, np.zeros_like(rows)]).astype(np.uint8)


def test_the_square_is_around_the_middle_of_the_box() -> None:
    found = crop.cut(_picture(), Face(20, 10, 10, 20, 0.9), 0.0, False)
    assert found.shape == (20, 20, 3)
    assert found[0, 0].tolist() == [15, 10, 0]
    assert found[-1, -1].tolist() == [34, 29, 0]


def test_the_margin_is_added_on_each_side() -> None:
    found = crop.cut(_picture(), Face(20, 10, 20, 20, 0.9), 0.25, False)
    assert found.shape == (30, 30, 3)
    assert found[0, 0].tolist() == [15, 5, 0]
    assert crop.cut(_picture(), Face(20, 10, 20, 20, 0.9), -0.25, False).shape == (10, 10, 3)


def test_outside_of_the_picture_the_nearest_pixels_fill() -> None:
    found = crop.cut(_picture(), Face(-5, -5, 20, 20, 0.9), 0.0, False)
    assert found.shape == (20, 20, 3)
    assert (found[:5, :5] == 0).all()
    assert found[0, -1].tolist() == [14, 0, 0]
    corner = crop.cut(_picture(), Face(50, 30, 20, 20, 0.9), 0.0, False)
    assert corner[-1, -1].tolist() == [59, 39, 0]


@settings(max_examples=80, deadline=None)
@given(
    st.floats(0, 50), st.floats(0, 30), st.floats(1, 60), st.floats(1, 40), st.floats(-0.4, 2)
)  # fmt: skip
def test_any_box_inside_gives_a_square(x: float, y: float, w: float, h: float, margin: float) -> None:
    face = Face(x, y, min(w, 60 - x), min(h, 40 - y), 0.9)
    found = crop.cut(_picture(), face, margin, False)
    side = max(1, round(max(face.w, face.h) * (1 + 2 * margin)))
    assert found.shape == (side, side, 3)


MARKS = np.array([[25, 16], [35, 16], [30, 20], [26, 26], [34, 26]], np.float32)


def test_an_aligned_face_turns_with_its_landmarks() -> None:
    face = Face(20, 8, 20, 24, 0.9, MARKS)
    matrix = align.square(MARKS)
    assert matrix is not None
    np.testing.assert_array_equal(crop.cut(_picture(), face, 0.1, True), align.sample(_picture(), matrix, 0.1))
    assert not np.array_equal(crop.cut(_picture(), face, 0.1, True), crop.cut(_picture(), face, 0.1, False))


@pytest.mark.parametrize("landmarks", [None, np.full((5, 2), 20, np.float32), MARKS[[1, 0, 2, 4, 3]]])
def test_without_the_landmarks_of_a_face_the_box_is_cut(landmarks: npt.NDArray[np.float32] | None) -> None:
    face = Face(20, 8, 20, 24, 0.9, landmarks)
    np.testing.assert_array_equal(crop.cut(_picture(), face, 0.1, True), crop.cut(_picture(), face, 0.1, False))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=10, max_size=10), st.floats(-0.4, 2))
def test_any_landmarks_give_a_square(values: list[float], margin: float) -> None:
    marks = np.array(values, np.float32).reshape(5, 2)
    found = crop.cut(_picture(), Face(20, 8, 20, 24, 0.9, marks), margin, True)
    assert found.dtype == np.uint8
    assert found.shape == (len(found), len(found), 3)
    assert 1 <= len(found) <= align.LARGEST


def test_blur_falls_when_a_face_is_blurred() -> None:
    sharp = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    soft = ((sharp[:-1, :-1].astype(int) + sharp[1:, 1:] + sharp[1:, :-1] + sharp[:-1, 1:]) // 4).astype(np.uint8)
    assert crop.blur(sharp) > 2 * crop.blur(soft) > 0
    assert crop.blur(np.full((48, 48), 9, np.uint8)) == 0


def test_brightness_is_the_mean() -> None:
    assert crop.brightness(np.array([[0, 255], [10, 11]], np.uint8)) == pytest.approx(69)


def test_a_face_scales_with_its_landmarks() -> None:
    marks = np.arange(10, dtype=np.float32).reshape(5, 2)
    found = Face(1, 2, 3, 4, 0.5, marks).scaled(2)
    assert (found.x, found.y, found.w, found.h, found.score) == (2, 4, 6, 8, 0.5)
    assert found.landmarks is not None
    assert found.landmarks.dtype == np.float32
    np.testing.assert_array_equal(found.landmarks, marks * 2)
    assert Face(1, 2, 3, 4, 0.5).scaled(2).landmarks is None
