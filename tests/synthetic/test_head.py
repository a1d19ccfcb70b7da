import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.synthetic.head import Pose, box, cast, project, shape
from tasks.synthetic.identity import identity

_poses = st.builds(Pose, st.floats(-35, 35), st.floats(-20, 20), st.floats(-30, 30))


@given(_poses, st.integers(0, 50), st.floats(0, 1), st.floats(-0.4, 0.4), st.floats(-0.5, 0.7))
def test_cast_undoes_project(pose: Pose, number: int, drop: float, x: float, y: float) -> None:
    head = shape(identity(1, number), drop)
    width, _, depth = head.axes
    z = depth * np.sqrt(1 - (x / width) ** 2 - y**2)
    seen = project(np.array([[x, y, z]]), head, pose).astype(np.float32)
    u, v, toward = cast(seen[:, :1], seen[:, 1:], head, pose)
    assert toward.item() > 0
    # At the outline a line of sight only grazes the head, and rounding shows.
    if toward.item() > 0.05:
        np.testing.assert_allclose((u.item(), v.item()), (x, y), atol=0.02)


@given(_poses, st.integers(0, 50))
def test_the_box_lies_on_the_head(pose: Pose, number: int) -> None:
    head = shape(identity(1, number), 0.5)
    left, top, right, bottom = box(head, pose)
    assert -1.2 < left < 0 < right < 1.2
    assert -1.2 < top < 0 < bottom < 1.3


def test_signs_of_the_angles() -> None:
    head = shape(identity(1, 1), 0.0)
    nose = np.array([[0.0, 0.0, 0.86]])
    assert project(nose, head, Pose(yaw=20))[0, 0] > 0.2  # to the right of the picture
    assert project(nose, head, Pose(pitch=20))[0, 1] < -0.2  # up
    crown = np.array([[0.0, -1.0, 0.0]])
    assert project(crown, head, Pose(roll=20))[0, 0] > 0.2  # clockwise


def test_a_dropped_jaw_lengthens_the_face() -> None:
    shut, dropped = (box(shape(identity(1, 1), drop), Pose()) for drop in (0.0, 1.0))
    assert dropped[3] > shut[3] + 0.05
    assert dropped[1] == shut[1]
