"""Faces that something hides: masks and hands over the mouth, dark glasses and bars over the eyes.

Drawn for tight upright crops, such as FER-2013's: eyes at two fifths of the height, the mouth at three quarters.
"""

import math
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

MOUTH: Final = 0.62  # share of the height from which a mask hides a face, on average
_FINE: Final = 3  # bits of a pixel in OpenCV's coordinates


class Cover(NamedTuple):
    """What lies over a face.

    Attributes:
        corners: (n, 2) of a polygon, shares of the width and height.
        level: grey level of it, 0..255.
        texture: standard deviation of its pattern, grey levels.
        hidden: 1 where mouth or both eyes are hidden, 0 for a part that leaves both.
        seed: of the pattern.
    """

    corners: npt.NDArray[np.float64]
    level: float
    texture: float
    hidden: float
    seed: int


def draw(random: np.random.Generator) -> Cover:
    """Draw a mask (two in five), something over the eyes (one in five), or a patch anywhere that hides little."""
    kind, level = random.random(), float(random.uniform(0, 255))
    texture, seed = float(random.uniform(0, 30)), int(random.integers(1 << 31))
    if kind < 0.4:
        return Cover(_mask(random), level, texture, 1.0, seed)
    if kind < 0.6:
        return Cover(_glasses(random), level * 0.5, texture / 3, 1.0, seed)
    return Cover(_patch(random), level, texture, 0.0, seed)


def apply(image: Image, cover: Cover) -> Image:
    """Paint ``cover`` over ``image``, (h, w) or (h, w, 3), with soft edges; ``image`` stays as it is."""
    height, width = image.shape[:2]
    shape = np.zeros((height, width), np.uint8)
    points = np.rint(cover.corners * (width, height) * (1 << _FINE)).astype(np.int32)
    cv2.fillPoly(shape, [points], 255, lineType=cv2.LINE_AA, shift=_FINE)
    random = np.random.default_rng(cover.seed)
    coarse = random.standard_normal((6, 6)).astype(np.float32)
    pattern = cover.level + cover.texture * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    opaque = shape.astype(np.float32) / 255
    if image.ndim == 3:
        pattern, opaque = pattern[..., None], opaque[..., None]
    mixed = image * (1 - opaque) + np.clip(pattern, 0, 255) * opaque
    return np.asarray(np.rint(mixed), np.uint8)


def _mask(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Over nose and mouth: highest in the middle, down to the chin or beyond."""
    top, slope = MOUTH + random.uniform(-0.12, 0.06), random.uniform(0.0, 0.12)
    left, right, tilt = random.uniform(-0.1, 0.22), random.uniform(0.78, 1.1), random.uniform(-0.06, 0.06)
    bottom = random.uniform(0.9, 1.2)
    return np.array(
        [
            (left, top + slope - tilt),
            (0.5, top - 0.02),
            (right, top + slope + tilt),
            (right - random.uniform(0, 0.1), bottom - 0.12),
            (0.5 + random.uniform(-0.1, 0.1), bottom),
            (left + random.uniform(0, 0.1), bottom - 0.12),
        ]
    )


def _glasses(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Over both eyes, as one band."""
    middle, half = random.uniform(0.3, 0.45), random.uniform(0.09, 0.16)
    left, right, tilt = random.uniform(-0.05, 0.15), random.uniform(0.85, 1.05), random.uniform(-0.06, 0.06)
    return np.array(
        [
            (left, middle - half - tilt),
            (right, middle - half + tilt),
            (right, middle + half + tilt),
            (left, middle + half - tilt),
        ]
    )


def _patch(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """A convex shape of 3 to 15 % of the picture, anywhere."""
    sides = int(random.integers(5, 9))
    area, aspect = random.uniform(0.03, 0.15), math.exp(random.uniform(-0.9, 0.9))
    radius = math.sqrt(area / math.pi)
    angles = np.sort(random.uniform(0, 2 * math.pi, sides))
    x, y = random.uniform(0.1, 0.9, 2)
    return np.stack([x + 1.2 * radius * aspect * np.cos(angles), y + 1.2 * radius / aspect * np.sin(angles)], axis=1)
