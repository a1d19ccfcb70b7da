"""Yaw, pitch and roll from five landmarks: an estimate good to some ten degrees, for slicing, not for measuring."""

import cv2
import numpy as np
import numpy.typing as npt

# Eyes, nose's tip and mouth's corners of an average face in mm, the person's right first; x right, y down, z away.
MEAN_FACE = np.array(
    [[-31.5, -33.0, 26.0], [31.5, -33.0, 26.0], [0.0, 0.0, 0.0], [-25.0, 33.0, 22.0], [25.0, 33.0, 22.0]], np.float64
)


def estimate(landmarks: npt.NDArray[np.float32]) -> tuple[float, float, float] | None:
    """(yaw, pitch, roll) in degrees of landmarks (5, 2) in pixels; None where no pose explains them.

    Positive: turned to the picture's right, looking down, tilted clockwise. Source: the perspective-n-point problem
    with a camera ten face widths away, solved by SQPnP (Terzakis and Lourakis, ECCV 2020).
    """
    points = landmarks.astype(np.float64)
    centre, extent = points.mean(axis=0), float(np.ptp(points, axis=0).max())
    if extent < 1:
        return None
    focal = 10 * extent
    camera = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    solved, rotation, _ = cv2.solvePnP(MEAN_FACE, points, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    if not solved:
        return None
    matrix = cv2.Rodrigues(rotation)[0]
    forward = matrix @ np.array([0.0, 0.0, -1.0])  # out of the face
    right = matrix @ np.array([1.0, 0.0, 0.0])
    yaw = np.degrees(np.arctan2(forward[0], -forward[2]))
    pitch = np.degrees(np.arcsin(np.clip(forward[1], -1, 1)))
    roll = np.degrees(np.arctan2(right[1], right[0]))
    return float(yaw), float(pitch), float(roll)
