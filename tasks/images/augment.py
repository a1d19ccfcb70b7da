"""A random warp of a face: the randomness is drawn first, from (seed, number), and applied second."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tasks.params import Augment


@dataclass(frozen=True)
class Warp:
    """One drawn warp: rotation (degrees), shifts (shares of the side), shear (tangent), zoom (factor), flip."""

    rotation: float
    shift_x: float
    shift_y: float
    shear: float
    zoom: float
    flip: bool


def draw(params: Augment, random: np.random.Generator) -> Warp:
    """Draw a warp uniformly within the ranges of ``params``."""
    rotation, shift_x, shift_y, shear, zoom = random.uniform(-1, 1, 5)
    return Warp(
        rotation=params.rotation * rotation,
        shift_x=params.shift * shift_x,
        shift_y=params.shift * shift_y,
        shear=params.shear * shear,
        zoom=1 + params.zoom * zoom,
        flip=params.flip and bool(random.random() < 0.5),
    )


def apply(image: npt.NDArray[np.uint8], warp: Warp) -> npt.NDArray[np.uint8]:
    """Warp ``image`` (h, w) about its centre in a single interpolation; borders take the nearest pixel."""
    height, width = image.shape
    angle = np.deg2rad(warp.rotation)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = warp.zoom * turn @ np.array([[-1.0 if warp.flip else 1.0, warp.shear], [0.0, 1.0]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre + np.array([warp.shift_x * width, warp.shift_y * height]) - linear @ centre
    matrix = np.column_stack([linear, offset])
    warped: npt.NDArray[np.uint8] = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return warped
