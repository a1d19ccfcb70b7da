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
_TRIES: Final = 60  # places tried for one face before all start anew, with smaller ones
_ROUNDS: Final = 24
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
    """Choose people, faces and places such that boxes lie inside the picture and no person covers another's face."""
    people = rng.choice(_PEOPLE, faces, replace=False) if faces <= _PEOPLE else np.arange(faces)
    cast: list[tuple[Look, str, float]] = []
    for number in people:
        emotion, intensity = str(rng.choice(EMOTIONS)), float(rng.uniform(0.5, 1))
        spread = _TURNED if rng.random() < _TURNED_SHARE else _FRONTAL
        cast.append((look(rng, identity(seed, int(number)), emotion, intensity, spread), emotion, intensity))
    largest = max(SIZES[0], min(SIZES[1], 0.62 * height, 0.8 * width))
    for limit in np.geomspace(largest, SIZES[0], _ROUNDS):  # ever smaller people when it gets crowded
        places = _places(rng, [seen for seen, _, _ in cast], float(limit), width, height)
        if len(places) == faces:
            return [
                (seen, unit, centre, emotion, intensity)
                for (seen, emotion, intensity), (unit, centre) in zip(cast, places, strict=True)
            ]
    raise ValueError(f"faces={faces} do not fit into {width} x {height} pixels; ask for fewer or a larger picture")


def _places(
    rng: np.random.Generator, cast: list[Look], limit: float, width: int, height: int
) -> list[tuple[float, tuple[float, float]]]:
    """Pixels per head unit and middle of the head of each person, as far as there is room for them."""
    places: list[tuple[float, tuple[float, float]]] = []
    taken: list[Box] = []
    for seen in cast:
        left, top, right, bottom = bounds(seen.head, seen.pose)
        for _ in range(_TRIES):
            size = float(np.exp(rng.uniform(np.log(SIZES[0]), np.log(limit))))
            unit = size / (bottom - top)
            # Haar's window is wider than the face and must lie inside the picture; hair needs room above.
            room_x, room_y = width - (right - left) * unit - 0.5 * size, height - 1.5 * size
            if min(room_x, room_y) <= 0:
                continue
            x, y = 0.25 * size + rng.uniform(0, room_x), 0.3 * size + rng.uniform(0, room_y)
            box = Box(x, y, (right - left) * unit, size)
            if all(_apart(box, other) for other in taken):
                taken.append(box)
                places.append((unit, (x - 0.5 - left * unit, y - 0.5 - top * unit)))
                break
        else:
            break
    return places


def _apart(one: Box, two: Box) -> bool:
    """Whether neither person, hair and shoulders included, can reach the other's face."""
    return not _reaches(one, two) and not _reaches(two, one)


def _reaches(person: Box, face: Box) -> bool:
    across = abs(person.x + person.w / 2 - face.x - face.w / 2) < 0.95 * person.h + face.w / 2
    return across and face.y < person.y + 1.7 * person.h and person.y - 0.55 * person.h < face.y + face.h


def _camera(picture: Bytes, rng: np.random.Generator) -> Bytes:
    """What a camera adds: a little blur and noise."""
    height, width = picture.shape[:2]
    sharp = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 0.9)))
    noisy = sharp + grain(rng, width, height, float(rng.uniform(1, 5)))
    return as_bytes(noisy)
