"""Drawn faces whose landmarks and roll are known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tasks.synthetic.expression import action_units
from tasks.synthetic.face import Look, draw, face_box, paste
from tasks.synthetic.head import Pose, project
from tasks.synthetic.identity import identity
from tasks.synthetic.relief import Light

UNIT = 60.0  # pixels per head unit
MIDDLE = (160.0, 150.0)
EVEN = Light(ambient=1.0)  # no lamp: its shadows would not turn with the head


def drawn(
    number: int, roll: float, yaw: float = 0.0, pitch: float = 0.0
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], tuple[float, float, float, float]]:
    """Person ``number`` with a neutral face: the picture (300, 320, 3), its landmarks (5, 2) and box (x, y, w, h)."""
    seen = Look(identity(5, number), action_units("neutral", 1.0), Pose(yaw, pitch, roll), EVEN)
    picture = np.full((300, 320, 3), 120, np.uint8)
    paste(picture, draw(seen, UNIT, MIDDLE))
    who = seen.who
    across = np.array([-who.eye_spacing, who.eye_spacing, 0, -who.mouth_width, who.mouth_width])
    down = np.array([0, 0, who.nose_length, who.mouth_height, who.mouth_height])
    width, _, depth = seen.head.axes
    toward = depth * np.sqrt(1 - (across / width) ** 2 - down**2)
    points = project(np.column_stack([across, down, toward]), seen.head, seen.pose)
    upright = face_box(replace(seen, pose=Pose(yaw, pitch, 0.0)), UNIT, MIDDLE)
    landmarks = (points * UNIT + MIDDLE + 0.5).astype(np.float32)
    return picture, landmarks, (upright.x, upright.y, upright.w, upright.h)
