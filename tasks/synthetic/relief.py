"""Light on a face: bumps and hollows on the head, and how bright they are (Lambert's law, Blinn's highlights)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.synthetic.canvas import grid
from tasks.synthetic.expression import ActionUnits
from tasks.synthetic.head import Pose, Shape, rolled, turn
from tasks.synthetic.identity import Identity

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Light:
    """One lamp far away and light from everywhere."""

    azimuth: float = 0.0  # degrees; positive is from the right of the picture
    elevation: float = 30.0  # degrees above the horizon
    ambient: float = 0.55  # 0..1, share of the light from everywhere
    gain: float = 1.0  # brightness of the whole


def heights(who: Identity, units: ActionUnits, side: int) -> Floats:
    """Height of the features above the head's ellipsoid, (side, side), head units."""
    axis = grid(side)
    table = np.array(_bumps(who, units), np.float32)
    x, y, wide, high, amount = table.T[:, :, None]
    across = np.exp(-np.square((axis - x) / wide))
    down = np.exp(-np.square((axis - y) / high)) * amount
    product: Floats = down.T @ across
    return product


def _bumps(who: Identity, units: ActionUnits) -> list[tuple[float, float, float, float, float]]:
    """Gaussians: centre x and y, radius across and down, height; all in head units."""
    u, tip, wing = units, who.nose_length, who.nose_width
    rows = [
        (0.0, tip * 0.35, 0.060, 0.16, 0.060),  # bridge
        (0.0, tip - 0.06, 0.075, 0.09, 0.085),  # tip
        (0.0, -0.17, 0.30, 0.075, 0.022 + 0.012 * u.au4),  # brow ridge
        (0.0, 0.86, 0.15, 0.10, 0.030 + 0.022 * u.au17),  # chin
        (0.0, who.mouth_height + 0.03, 0.22, 0.10, 0.022),  # lips
        (0.0, who.mouth_height + 0.135, 0.14, 0.035, -0.018),  # below them
        (0.0, tip + 0.09, 0.025, 0.05, -0.008),  # philtrum
    ]
    for sign in (-1, 1):
        rows += [
            (sign * wing * 0.85, tip - 0.035, 0.05, 0.05, 0.026 + 0.012 * u.au9),  # wing of the nose
            (sign * who.eye_spacing, -0.01, 0.17, 0.11, -0.055),  # socket
            (sign * 0.43, 0.22 - 0.05 * u.au6, 0.15, 0.12, 0.024 + 0.03 * u.au6 + 0.02 * u.au12),  # cheek
            (sign * 0.38, 0.52, 0.12, 0.14, -0.014),  # hollow
        ]
    return rows


def lighting(height: Floats, head: Shape, pose: Pose, light: Light) -> tuple[Floats, Floats]:
    """How light falls on the head as seen from its own front.

    Args:
        height: bumps, (side, side), head units.
        head: the ellipsoid below them.
        pose: where the head looks; the lamp stays where it is.
        light: the lamp.

    Returns:
        what the skin's colour is multiplied with and what is added for highlights (0..1), each (side, side).
    """
    side = height.shape[0]
    axis = grid(side)
    width, tall, depth = head.axes
    x, y = axis[None, :], axis[:, None]
    rest = np.maximum(1 - np.square(x / np.float32(width)) - np.square(y / np.float32(tall)), 0.02)
    step = axis[1] - axis[0]
    slope_y, slope_x = np.gradient(height, step)
    # The ellipsoid's own slope plus that of the bumps; normals are (-dz/dx, -dz/dy, 1) made unit length.
    root = np.float32(depth) / np.sqrt(rest)
    normal_x = x / np.float32(width**2) * root - slope_x
    normal_y = y / np.float32(tall**2) * root - slope_y
    length = np.sqrt(np.square(normal_x) + np.square(normal_y) + 1)
    lamp = _lamp(pose, light)
    facing = (normal_x * lamp[0] + normal_y * lamp[1] + lamp[2]) / length
    half = lamp + turn(pose)[2].astype(np.float32)
    half /= np.linalg.norm(half)
    gloss = np.maximum((normal_x * half[0] + normal_y * half[1] + half[2]) / length, 0)
    hollow = 1 + 4.0 * np.minimum(height, 0)  # light from everywhere reaches hollows less
    lit = light.ambient * hollow + (1 - light.ambient) * 1.25 * np.maximum((facing + 0.15) / 1.15, 0)
    return (light.gain * lit).astype(np.float32), (0.10 * (1 - light.ambient) * gloss**18).astype(np.float32)


def _lamp(pose: Pose, light: Light) -> npt.NDArray[np.float32]:
    """Direction to the lamp in the head's own frame, (3,)."""
    azimuth, elevation = np.deg2rad((light.azimuth, light.elevation))
    seen = np.array([np.sin(azimuth) * np.cos(elevation), -np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    seen[:2] = rolled(seen[None, :2], -pose.roll)[0]
    product: npt.NDArray[np.float32] = (seen @ turn(pose)).astype(np.float32)
    return product
