from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.faces import detect, pose
from tasks.faces.face import Face
from tasks.faces.track import overlap
from tasks.params import Detector
from tasks.synthetic.scenes import still

YUNET = Path(__file__).parents[2].parent / "shared" / "data" / "detectors" / "face_detection_yunet_2023mar.onnx"


def _seen(yaw: float, pitch: float, roll: float, size: float = 1.0) -> npt.NDArray[np.float32]:
    """Landmarks (5, 2) of the average face turned by angles in degrees, seen from 1 m by a camera of 800 pixels.

    Tilted first, then lowered, then turned to the side: yaw and pitch say where the face looks.
    """
    a, b, c = np.radians([yaw, pitch, roll])
    # x right, y down, z away: a nose at -z goes right, down and clockwise for positive angles.
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    points = pose.MEAN_FACE @ (about_y @ about_x @ about_z).T + [0, 0, 1000]
    return np.asarray(size * 800 * points[:, :2] / points[:, 2:] + [320, 240], np.float32)


def test_the_face_of_the_test_turns_as_it_says() -> None:
    nose = 2
    middle = _seen(0, 0, 0)[nose]
    assert _seen(20, 0, 0)[nose][0] > _seen(20, 0, 0)[:2, 0].mean()
    assert _seen(0, 20, 0)[nose][1] - _seen(0, 20, 0)[:2, 1].mean() > middle[1] - _seen(0, 0, 0)[:2, 1].mean()
    right_eye, left_eye = _seen(0, 0, 20)[:2]
    assert left_eye[1] > right_eye[1]  # clockwise: what is right in the picture goes down


@pytest.mark.parametrize(
    "angles",
    [(0, 0, 0), (25, 0, 0), (-25, 0, 0), (0, 20, 0), (0, -20, 0), (0, 0, 30), (0, 0, -30), (20, 10, 15), (-30, -15, 5)],
)
def test_known_angles_come_back(angles: tuple[float, float, float]) -> None:
    found = pose.estimate(_seen(*angles))
    assert found is not None
    assert found == pytest.approx(angles, abs=5)


@settings(max_examples=50, deadline=None)
@given(st.floats(-40, 40), st.floats(-25, 25), st.floats(0.2, 8))
def test_yaw_and_pitch_hold_at_any_size(yaw: float, pitch: float, size: float) -> None:
    found = pose.estimate(_seen(yaw, pitch, 0, size))
    assert found is not None
    # A perspective of ten face widths stands in for the real one.
    assert found[:2] == pytest.approx((yaw, pitch), abs=6)


def test_a_mirrored_face_has_the_opposite_yaw_and_roll() -> None:
    marks = _seen(20, 5, 10)
    mirrored = marks[[1, 0, 2, 4, 3]] * [-1, 1] + [640, 0]
    one, other = pose.estimate(marks), pose.estimate(mirrored.astype(np.float32))
    assert one is not None
    assert other is not None
    assert other == pytest.approx((-one[0], one[1], -one[2]), abs=0.5)


def test_no_pose_explains_a_point() -> None:
    assert pose.estimate(np.full((5, 2), 7, np.float32)) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=10, max_size=10))
def test_any_landmarks_give_angles_or_nothing(values: list[float]) -> None:
    found = pose.estimate(np.array(values, np.float32).reshape(5, 2))
    assert found is None or all(np.isfinite(angle) and abs(angle) <= 180 for angle in found)


@pytest.mark.real
@pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not in ../shared/data")
def test_drawn_faces_turn_the_way_they_were_drawn() -> None:
    """The drawing's pitch is positive when it looks up, the estimate's when it looks down."""
    drawn, estimated = [], []
    for index in range(50):
        picture, faces = still(33, index, faces=1 + index % 2)
        found = detect.find(picture, "yunet", Detector(), str(YUNET))
        for face in faces:
            box = Face(face.x, face.y, face.w, face.h, 1)
            near = [one for one in found if overlap(one, box) > 0.4 and one.landmarks is not None and face.h > 60]
            if near and near[0].landmarks is not None and (angles := pose.estimate(near[0].landmarks)) is not None:
                drawn.append((face.yaw, -face.pitch, face.roll))
                estimated.append(angles)
    assert len(drawn) >= 30
    truth, guess = np.array(drawn), np.array(estimated)
    for axis, least in enumerate((0.75, 0.25, 0.7)):
        assert np.corrcoef(truth[:, axis], guess[:, axis])[0, 1] > least
    assert np.median(np.abs(truth[:, 2] - guess[:, 2])) < 5
    assert np.median(np.abs(truth[:, 0] - guess[:, 0])) < 10


def test_opencv_agrees_that_the_mean_face_is_not_flat() -> None:
    assert np.linalg.matrix_rank(pose.MEAN_FACE - pose.MEAN_FACE.mean(axis=0)) == 3
    assert cv2.Rodrigues(np.zeros(3))[0] == pytest.approx(np.eye(3))
