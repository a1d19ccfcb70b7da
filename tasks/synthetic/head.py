"""The head's geometry: an ellipsoid with a jaw, seen from any side without perspective.

Head units: 1 is half the height of the skull. Seen from the front x points right, y down and z to the viewer, with
the origin in the middle of the head, between the eyes. Positive yaw turns the nose to the right of the picture,
positive pitch lifts it, positive roll turns the head clockwise.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.synthetic.identity import Identity

Floats = npt.NDArray[np.float32]

_DEPTH: Final = 0.86  # half of the head's depth
_HINGE: Final = 0.30  # below this height the jaw moves
_DROP: Final = 0.16  # how much longer the part below the hinge gets when the jaw is down
_BOX_TOP: Final = -0.60  # at the hairline, where YuNet's and Haar's boxes begin
_BOX_SIDE: Final = 0.94  # share of the half width at which a cheek ends


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head looks, in degrees."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """The surface of one head with its jaw somewhere between shut and dropped."""

    width: float
    jaw: float
    drop: float

    @property
    def axes(self) -> tuple[float, float, float]:
        """Half axes of the ellipsoid along x, y and z."""
        return self.width, 1.0, _DEPTH


def shape(who: Identity, jaw_drop: float) -> Shape:
    """The head of ``who`` with action unit 26 at ``jaw_drop`` (0..1)."""
    return Shape(who.width, who.jaw, 1 + _DROP * jaw_drop)


def turn(pose: Pose) -> npt.NDArray[np.float64]:
    """Rotation by yaw and pitch, (3, 3), from the head's frame to the viewer's; roll is left out."""
    yaw, pitch = np.deg2rad((pose.yaw, pose.pitch))
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    product: npt.NDArray[np.float64] = about_x @ about_y
    return product


def rolled(points: npt.NDArray[np.float64], roll: float) -> npt.NDArray[np.float64]:
    """Points (n, 2) turned clockwise by ``roll`` degrees."""
    angle = np.deg2rad(roll)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    product: npt.NDArray[np.float64] = points @ matrix
    return product


def project(points: npt.NDArray[np.float64], head: Shape, pose: Pose) -> npt.NDArray[np.float64]:
    """Points (n, 3) of the ellipsoid's frame as seen, (n, 2), in head units around the middle of the head."""
    seen = (points @ turn(pose).T)[:, :2]
    seen[:, 0] *= 1 + head.jaw * np.maximum(seen[:, 1], 0) ** 2
    low = seen[:, 1] > _HINGE
    seen[low, 1] = _HINGE + (seen[low, 1] - _HINGE) * head.drop
    return rolled(seen, pose.roll)


def cast(x: Floats, y: Floats, head: Shape, pose: Pose) -> tuple[Floats, Floats, Floats]:
    """Where lines of sight meet the head: the inverse of ``project``.

    Args:
        x: what is seen at these places, (h, w), head units.
        y: the same.
        head: the surface.
        pose: where it looks.

    Returns:
        x and y in the head's own frame, and the depth (1 in the middle, 0 on the outline, negative outside), each
        (h, w).
    """
    angle = np.deg2rad(pose.roll)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    across, down = cos * x + sin * y, cos * y - sin * x
    down = np.where(down > _HINGE, _HINGE + (down - _HINGE) / np.float32(head.drop), down)
    across = across / (1 + np.float32(head.jaw) * np.square(np.clip(down, 0, 1.2)))
    matrix = turn(pose)
    form = (matrix @ np.diag(1 / np.square(head.axes)) @ matrix.T).astype(np.float32)
    half = form[0, 2] * across + form[1, 2] * down
    rest = across * (form[0, 0] * across + 2 * form[0, 1] * down) + form[1, 1] * down * down - 1
    inside = half * half - form[2, 2] * rest
    toward = (np.sqrt(np.maximum(inside, 0)) - half) / form[2, 2]
    back = matrix.astype(np.float32)
    u = back[0, 0] * across + back[1, 0] * down + back[2, 0] * toward
    v = back[0, 1] * across + back[1, 1] * down + back[2, 1] * toward
    return u, v, inside / form[2, 2]


def box(head: Shape, pose: Pose) -> tuple[float, float, float, float]:
    """Tight box (left, top, right, bottom) around the face in head units: forehead to chin, cheek to cheek."""
    height = np.concatenate([np.linspace(_BOX_TOP, 0.98, 24)] * 2)
    sign = np.repeat((-1.0, 1.0), 24)
    width, _, depth = head.axes
    across = sign * width * _BOX_SIDE * np.sqrt(1 - height**2)
    toward = depth * np.sqrt(np.maximum(0, 1 - height**2 - (across / width) ** 2))
    seen = project(np.column_stack([across, height, toward]), head, pose)
    left, top = seen.min(axis=0)
    right, bottom = seen.max(axis=0)
    return float(left), float(top), float(right), float(bottom)
