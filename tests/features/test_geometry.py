import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.features.geometry import ANGLES, DISTANCES, NAMES, geometry

# A face whose numbers are known: the eyes 2 apart, the nose one below their middle, the mouth 2 wide and two below.
FACE = np.array([[-1, 0], [1, 0], [0, 1], [-1, 2], [1, 2]], np.float32)


def _named(points: npt.NDArray[np.float32]) -> dict[str, float]:
    found = geometry(points)
    assert found is not None
    return dict(zip(NAMES, found.tolist(), strict=True))


def test_a_known_face_in_closed_form() -> None:
    half = 2**0.5 / 2
    assert _named(FACE) == pytest.approx(
        {
            "mouth_width": 1, "right_eye_nose": half, "left_eye_nose": half, "nose_right_mouth": half,
            "nose_left_mouth": half, "right_eye_right_mouth": 1, "left_eye_left_mouth": 1, "eyes_mouth": 1,
            "eyes_nose": 0.5, "nose_mouth": 0.5, "mouth_tilt": 0, "angle_at_right_eye": 45, "angle_at_left_eye": 45,
            "angle_at_nose": 90, "angle_at_mouth": 90,
        },
        abs=1e-4,
    )  # fmt: skip


def test_a_mouth_that_hangs_on_one_side_is_tilted() -> None:
    hanging = FACE.copy()
    hanging[4, 1] += 2
    assert _named(hanging)["mouth_tilt"] == pytest.approx(45)
    assert _named(FACE)["mouth_tilt"] == pytest.approx(0)


def test_eyes_in_one_point_have_no_geometry() -> None:
    assert geometry(np.zeros((5, 2), np.float32)) is None


def test_names_are_distances_then_angles() -> None:
    assert (*DISTANCES, *ANGLES) == NAMES
    assert len(set(NAMES)) == len(NAMES)


_offsets = st.lists(st.floats(-0.25, 0.25, width=32), min_size=10, max_size=10)


@given(_offsets, st.floats(0.1, 50), st.floats(-180, 180), st.floats(-500, 500), st.floats(-500, 500))
def test_size_roll_and_place_change_nothing(
    offsets: list[float], scale: float, degrees: float, x: float, y: float
) -> None:
    points = FACE.astype(np.float64) + np.array(offsets).reshape(5, 2)
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    one, other = geometry(points), geometry(scale * points @ turn.T + (x, y))
    assert one is not None and other is not None
    apart = np.abs(one - other)
    apart[NAMES.index("mouth_tilt")] %= 360  # -180 and 180 are one direction
    assert np.minimum(apart, 360 - apart).max() < 0.02


@given(_offsets)
def test_a_mirrored_face_has_its_sides_exchanged(offsets: list[float]) -> None:
    points = (FACE + np.array(offsets, np.float32).reshape(5, 2)).astype(np.float32)
    mirrored = (points * np.array([-1, 1], np.float32))[[1, 0, 2, 4, 3]]
    one, other = _named(points), _named(mirrored)
    assert one["right_eye_nose"] == pytest.approx(other["left_eye_nose"], abs=1e-3)
    assert one["angle_at_left_eye"] == pytest.approx(other["angle_at_right_eye"], abs=1e-2)
    assert one["mouth_tilt"] == pytest.approx(-other["mouth_tilt"], abs=1e-2)
    assert one["mouth_width"] == pytest.approx(other["mouth_width"], abs=1e-3)
