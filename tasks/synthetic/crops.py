"""Training crops: small grey faces, framed as the detectors frame them."""

from typing import Final

import cv2
import numpy as np

from tasks.schema import EMOTIONS, IMAGE_SIZE
from tasks.synthetic.backdrop import grain
from tasks.synthetic.canvas import Bytes, as_bytes
from tasks.synthetic.chance import Spread, look
from tasks.synthetic.face import draw, face_box, paste
from tasks.synthetic.identity import identity

INTENSITY: Final = (0.5, 1.0)  # a face barely moved has no certain label
_SPREAD: Final = Spread(yaw=15.0, pitch=10.0, roll=8.0, azimuth=45.0, units=0.12)
_UNIT: Final = 33.0  # pixels per head unit before the crop is cut; a little more than the crop keeps
_ROOM: Final = 84  # pixels, side of the picture that the crop is cut from
# Side of the square around a box, and its shift, as shares of the true box's height. Measured on 300 stills:
# YuNet 1.04 (standard deviation 0.05), shift up 0.01 (0.03); Haar 1.03 (0.08), shift up 0.04 (0.05), across 0.04.
_SIDE: Final = (0.92, 1.16)
_SHIFT: Final = ((0.0, 0.035), (-0.025, 0.045))  # mean and standard deviation, across and down
_EXPOSED: Final = 118.0  # grey level that a camera's exposure aims at
_HIDDEN: Final = 0.04  # share of crops in which something stands before the face


def crop(seed: int, identity: int, emotion: str, index: int) -> Bytes:
    """Draw a labelled face; the same arguments give the same pixels.

    Args:
        seed: of the population, at least 0.
        identity: which person, at least 0.
        emotion: one of ``tasks.schema.EMOTIONS``.
        index: which of the person's crops with this emotion, at least 0.

    Returns:
        grey pixels, (48, 48).

    Raises:
        ValueError: an unknown emotion or a negative number.
    """
    if emotion not in EMOTIONS:
        raise ValueError(f"emotion must be one of {', '.join(EMOTIONS)}. Received: emotion={emotion!r}")
    if min(seed, identity, index) < 0:
        raise ValueError(f"numbers must be at least 0. Received: {seed=}, {identity=}, {index=}")
    rng = np.random.default_rng((seed, identity, EMOTIONS.index(emotion), index, 0xC0))
    seen = look(rng, _person(seed, identity), emotion, _intensity(rng), _SPREAD)
    picture = _wall(rng)
    box = face_box(seen, _UNIT, (0.0, 0.0))
    middle = _ROOM / 2
    centre = (middle - box.x - box.w / 2, middle - box.y - box.h / 2)
    paste(picture, draw(seen, _UNIT, centre))
    grey: Bytes = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if rng.random() < _HIDDEN:
        _hide(grey, rng)
    return _camera(_frame(grey, box.h, rng), rng)


_person = identity  # `crop` has an argument of that name


def _intensity(rng: np.random.Generator) -> float:
    """Between the bounds of INTENSITY, more often high than low, as people label what they see clearly."""
    low, high = INTENSITY
    return float(high - (high - low) * rng.random() ** 2)


def _wall(rng: np.random.Generator) -> Bytes:
    """A plain background that gets brighter to one side, (_ROOM, _ROOM, 3)."""
    corners = rng.uniform(40, 220) + rng.uniform(-40, 40, (2, 2, 1))
    grey = as_bytes(cv2.resize(corners, (_ROOM, _ROOM), interpolation=cv2.INTER_LINEAR))
    wall: Bytes = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    return wall


def _frame(grey: Bytes, height: float, rng: np.random.Generator) -> Bytes:
    """Cut the square that a detector would around the face in the middle of ``grey``, and reduce it to 48 pixels."""
    side = height * rng.uniform(*_SIDE)
    across, down = (_ROOM / 2 + height * rng.normal(mean, spread) for mean, spread in _SHIFT)
    scale = IMAGE_SIZE / side
    matrix = np.array([[scale, 0, _offset(scale, across)], [0, scale, _offset(scale, down)]])
    cut: Bytes = cv2.warpAffine(
        grey, matrix, (IMAGE_SIZE, IMAGE_SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cut


def _offset(scale: float, middle: float) -> float:
    """What cv2 adds to move ``middle``, counted from a pixel's edge, to the middle of the crop; cv2 counts centres."""
    return (IMAGE_SIZE - 1) / 2 - scale * (middle - 0.5)


def _hide(grey: Bytes, rng: np.random.Generator) -> None:
    """Put a flat bar, such as a hand or a scarf, before a part of the face."""
    x, y = rng.uniform(0.3, 0.7, 2) * _ROOM
    length, thick = rng.uniform(0.15, 0.4) * _ROOM, rng.uniform(0.05, 0.12) * _ROOM
    bar = cv2.boxPoints(((x, y), (length, thick), float(rng.uniform(0, 180))))
    cv2.fillConvexPoly(grey, np.rint(bar).astype(np.int32), float(rng.uniform(20, 230)), cv2.LINE_AA)


def _camera(grey: Bytes, rng: np.random.Generator) -> Bytes:
    """Exposure for the face, blur, contrast, brightness and noise."""
    soft = cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.25, 0.65))).astype(np.float32)
    face = float(soft[12:40, 12:36].mean())
    exposure = (_EXPOSED / max(face, 20.0)) ** rng.uniform(0.6, 1.0)
    contrast, brightness = rng.uniform(0.95, 1.3), rng.uniform(-12, 12)
    noise = grain(rng, IMAGE_SIZE, IMAGE_SIZE, float(rng.uniform(0.5, 4.5)))[..., 0]
    return as_bytes((soft * exposure - _EXPOSED) * contrast + _EXPOSED + brightness + noise)
