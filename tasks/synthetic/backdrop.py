"""Backgrounds without faces: gradients, flat shapes and grain that face detectors leave alone."""

import cv2
import numpy as np

from tasks.synthetic.canvas import Bytes, Floats, as_bytes

_CELL = 32  # pixels between the knots of the cloudy texture


def backdrop(rng: np.random.Generator, width: int, height: int) -> Bytes:
    """Draw a background.

    Args:
        rng: source of all randomness.
        width: pixels.
        height: pixels.

    Returns:
        BGR pixels, (height, width, 3).
    """
    base = rng.uniform(80, 200) + rng.uniform(-30, 30, 3)
    end = np.clip(base + rng.uniform(-50, 50) + rng.uniform(-20, 20, 3), 30, 230)
    angle = rng.uniform(0, 2 * np.pi)
    across, down = np.linspace(-0.5, 0.5, width)[None, :], np.linspace(-0.5, 0.5, height)[:, None]
    share = (np.cos(angle) * across + np.sin(angle) * down) / 1.42 + 0.5
    picture = (base + (end - base) * share[..., None]).astype(np.uint8)
    for _ in range(int(rng.integers(2, 7))):
        _shape(picture, rng)
    knots = rng.normal(0, 4, (height // _CELL + 2, width // _CELL + 2, 1)).astype(np.float32)
    clouds = cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    return as_bytes(picture + clouds[..., None])


def grain(rng: np.random.Generator, width: int, height: int, spread: float) -> Floats:
    """Camera noise to be added to a picture: (height, width, 1) with standard deviation ``spread`` grey levels."""
    noise: Floats = rng.standard_normal((height, width, 1), np.float32) * np.float32(spread)
    return noise


def _shape(picture: Bytes, rng: np.random.Generator) -> None:
    """Paint one large flat shape: a box such as a window or cupboard, a wedge or a pole."""
    height, width = picture.shape[:2]
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    w, h = rng.uniform(0.15, 0.6) * width, rng.uniform(0.15, 0.6) * height
    colour = np.clip(picture[int(y), int(x)] + rng.uniform(-40, 40) + rng.uniform(-20, 20, 3), 20, 235).tolist()
    kind = rng.integers(3)
    if kind == 0:
        points = np.array(
            [[x - w / 2, y - h / 2], [x + w / 2, y - h / 2], [x + w / 2, y + h / 2], [x - w / 2, y + h / 2]]
        )
    elif kind == 1:
        points = np.array([[x, y], [x + w, y + rng.uniform(-h, h)], [x + rng.uniform(-w, w), y + h]])
    else:
        lean, thick = rng.uniform(-0.1, 0.1) * width, rng.uniform(0.01, 0.04) * width
        points = np.array([[x, 0], [x + thick, 0], [x + thick + lean, height], [x + lean, height]])
    cv2.fillPoly(picture, [np.rint(points).astype(np.int32)], colour, cv2.LINE_AA)
