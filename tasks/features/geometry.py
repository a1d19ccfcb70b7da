"""Distances and angles between five landmarks, whatever the face's size, place and roll."""

from typing import Final

import numpy as np
import numpy.typing as npt

# Order of faces.Face: the eyes, the nose's tip and the mouth's corners, the person's right before the left.
_RIGHT_EYE, _LEFT_EYE, _NOSE, _RIGHT_MOUTH, _LEFT_MOUTH = range(5)
_EYES, _MOUTH = (_RIGHT_EYE, _LEFT_EYE), (_RIGHT_MOUTH, _LEFT_MOUTH)

DISTANCES: Final = (
    "mouth_width", "right_eye_nose", "left_eye_nose", "nose_right_mouth", "nose_left_mouth", "right_eye_right_mouth",
    "left_eye_left_mouth", "eyes_mouth", "eyes_nose", "nose_mouth",
)  # fmt: skip
ANGLES: Final = ("mouth_tilt", "angle_at_right_eye", "angle_at_left_eye", "angle_at_nose", "angle_at_mouth")
NAMES: Final = (*DISTANCES, *ANGLES)


def geometry(landmarks: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """NAMES of landmarks (5, 2) in pixels, x to the right and y down.

    Distances are shares of the distance between the eyes. `eyes` and `mouth` stand for the middle between the two eyes
    and the two corners. Angles are degrees: `mouth_tilt` -180..180 from the line of the eyes to that of the mouth;
    `angle_at_right_eye` and `angle_at_left_eye` 0..180 between the other eye and the nose; `angle_at_nose` between the
    eyes; `angle_at_mouth` at its middle, between the corner on the right and the nose.

    Returns:
        (len(NAMES),), or None where both eyes are one point.
    """
    points = landmarks.astype(np.float64)
    points = points[:, 0] + 1j * points[:, 1]
    line = points[_LEFT_EYE] - points[_RIGHT_EYE]
    if abs(line) < 1e-6:
        return None
    # The eyes become 0 and 1: what is measured after it knows neither size nor place nor roll.
    points = (points - points[_RIGHT_EYE]) / line
    right, left, nose, corner_right, corner_left = points
    eyes, mouth = points[list(_EYES)].mean(), points[list(_MOUTH)].mean()
    pairs = (
        (corner_right, corner_left), (right, nose), (left, nose), (nose, corner_right), (nose, corner_left),
        (right, corner_right), (left, corner_left), (eyes, mouth), (eyes, nose), (nose, mouth),
    )  # fmt: skip
    angles = (
        float(np.degrees(np.angle(corner_left - corner_right))),
        _between(left - right, nose - right),
        _between(right - left, nose - left),
        _between(right - nose, left - nose),
        _between(corner_right - mouth, nose - mouth),
    )
    return np.array([*(abs(one - other) for one, other in pairs), *angles], np.float32)


def _between(one: complex, other: complex) -> float:
    """Degrees 0..180 between two directions; 0 where one has no length."""
    return float(abs(np.degrees(np.angle(one * np.conj(other)))))
