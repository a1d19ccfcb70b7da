"""Stills: pictures with a known number of known faces."""

from typing import Final

import cv2
import numpy as np

from tasks.schema import EMOTIONS
from tasks.synthetic.backdrop import backdrop, grain
from tasks.synthetic.canvas import Bytes, as_bytes
from tasks.synthetic.chance import Spread, look
from tasks.synthetic.face import Box, Look, draw, face_box, paste
from tasks.synthetic.head import box as bounds
from tasks.synthetic.identity import identity
from tasks.synthetic.truth import TruthFace

SIZES: Final = (48.0, 220.0)  # pixels, height of a face's box
_FRONTAL: Final = Spread()
_TURNED: Final = Spread(yaw=32.0, pitch=15.0, roll=14.0)
_TURNED_SHARE: Final = 0.15
_TRIES: Final = 400  # places tried for one face before the picture counts as full
_PEOPLE: Final = 1000  # identities that stills draw from


def still(seed: int, index: int, faces: int = 1, width: int = 640, height: int = 480) -> tuple[Bytes, list[TruthFace]]:
    """Draw picture ``index`` of the series ``seed``; the same arguments give the same picture.

    Args:
        seed: at least 0.
        index: at least 0.
        faces: how many people; each is another identity, and no face covers another.
        width: pixels.
        height: pixels.

    Returns:
        BGR pixels (height, width, 3), and the truth of each face, smallest first.

    Raises:
        ValueError: faces that do not fit, or a negative argument.
    """
    if min(seed, index, faces) < 0:
        raise ValueError(f"seed, index and faces must be at least 0. Received: {seed=}, {index=}, {faces=}")
    rng = np.random.default_rng((seed, index, faces, width, height, 0x57))
    picture = backdrop(rng, width, height)
    truth: list[TruthFace] = []
    # Far people are drawn first, so that the shoulders of near ones come before them.
    for looks, unit, centre, emotion, intensity in sorted(
        _cast(rng, seed, faces, width, height), key=lambda one: one[1]
    ):
        paste(picture, draw(looks, unit, centre))
        truth.append(truth_face(looks, face_box(looks, unit, centre), emotion, intensity))
    return _camera(picture, rng), truth


def truth_face(
    seen: Look, box: Box, emotion: str, intensity: float, frame: int = 0, pts_ms: float | None = None
) -> TruthFace:
    """The record of one drawn face."""
    pose = seen.pose
    return TruthFace(
        box.x, box.y, box.w, box.h, seen.who.number, emotion, intensity, pose.yaw, pose.pitch, pose.roll, frame, pts_ms
    )


_Placed = tuple[Look, float, tuple[float, float], str, float]


def _cast(rng: np.random.Generator, seed: int, faces: int, width: int, height: int) -> list[_Placed]:
    """Choose people, faces and places such that boxes lie inside the picture and well apart."""
    people = rng.choice(_PEOPLE, faces, replace=False) if faces <= _PEOPLE else np.arange(faces)
    placed: list[_Placed] = []
    taken: list[Box] = []
    largest = min(SIZES[1], 0.62 * height, 0.8 * width)
    for number in people:
        emotion, intensity = str(rng.choice(EMOTIONS)), float(rng.uniform(0.5, 1))
        spread = _TURNED if rng.random() < _TURNED_SHARE else _FRONTAL
        seen = look(rng, identity(seed, int(number)), emotion, intensity, spread)
        left, top, right, bottom = bounds(seen.head, seen.pose)
        wide, high = right - left, bottom - top
        for attempt in range(_TRIES):
            limit = largest + (SIZES[0] - largest) * attempt / _TRIES  # ever smaller when it gets crowded
            size = float(np.exp(rng.uniform(np.log(SIZES[0]), np.log(max(SIZES[0], limit)))))
            unit = size / high
            # Haar's window is wider than the face and must lie inside the picture; hair needs room above.
            room = Box(0.25 * size, 0.3 * size, width - wide * unit - 0.5 * size, height - 1.5 * size)
            if min(room.w, room.h) <= 0:
                continue
            x, y = room.x + float(rng.uniform(0, room.w)), room.y + float(rng.uniform(0, room.h))
            box = Box(x, y, wide * unit, size)
            if all(_apart(box, other) for other in taken):
                taken.append(box)
                placed.append((seen, unit, (x - 0.5 - left * unit, y - 0.5 - top * unit), emotion, intensity))
                break
        else:
            raise ValueError(
                f"faces={faces} do not fit into {width} x {height} pixels; ask for fewer or a larger picture"
            )
    return placed


def _apart(one: Box, two: Box) -> bool:
    """Whether neither person's hair or shoulders can reach the other's face."""
    return (
        abs(one.x + one.w / 2 - two.x - two.w / 2) > 0.95 * (one.w + two.w)
        or one.y + 1.15 * one.h < two.y - 0.6 * two.h
        or two.y + 1.15 * two.h < one.y - 0.6 * one.h
    )


def _camera(picture: Bytes, rng: np.random.Generator) -> Bytes:
    """What a camera adds: a little blur and noise."""
    height, width = picture.shape[:2]
    sharp = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 0.9)))
    noisy = sharp + grain(rng, width, height, float(rng.uniform(1, 5)))
    return as_bytes(noisy)
