"""Pictures in which no emotion can be seen, for a network that is to say so (`model.rejects`).

Pictures of other things where there are some (`train.negatives.path`), textures and text that are drawn, pieces of
faces that show no face any more, and faces of which hardly anything is left.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.errors import ParamsError
from tasks.images import degrade
from tasks.images.normalise import normalise
from tasks.params import Negatives as NegativesParams
from tasks.params import Normalise

Image = npt.NDArray[np.uint8]
Scores = npt.NDArray[np.float32]  # in the order of `schema.REJECTS`; below 0: nothing is said of it

ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
MOST: Final = 5_000  # pictures that are held
SIDE: Final = 192  # pixels, longer side of a picture that is held
WORDS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
NO_FACE: Final[Scores] = np.array([1, -1, 1], np.float32)
ILLEGIBLE: Final[Scores] = np.array([1, -1, -1], np.float32)


class Negatives:
    """Draws pictures without a readable face; the same generator gives the same picture."""

    def __init__(self, params: NegativesParams, normalise: Normalise, faces: npt.NDArray[np.uint8]) -> None:
        """``faces``, (n, side, side[, 3]), are those that pieces are cut from.

        Raises:
            ParamsError: no picture at ``params.path``.
        """
        self._normalise, self._faces = normalise, faces
        self._pictures = list(_pictures(params.path)) if params.path else []

    def draw(self, random: np.random.Generator) -> tuple[Image, Scores]:
        """A picture of the faces' shape, and what is to be answered about it, (3,)."""
        kind = random.random()
        if self._pictures and kind < 0.5:
            return self._made(self._piece(random)), NO_FACE
        kind = random.random()
        if kind < 0.35:
            return self._made(texture(random, 2 * self._normalise.size)), NO_FACE
        face = self._faces[int(random.integers(len(self._faces)))]
        if kind < 0.6:
            return self._made(corner(face, random)), NO_FACE
        if kind < 0.8:
            other = self._faces[int(random.integers(len(self._faces)))]
            return beside(face, other, random), NO_FACE
        return _ruined(face, random), ILLEGIBLE

    def _made(self, image: Image) -> Image:
        return normalise(image, self._normalise)

    def _piece(self, random: np.random.Generator) -> Image:
        """A square of a picture, some over another one or over a texture where it is transparent."""
        picture = self._pictures[int(random.integers(len(self._pictures)))]
        height, width = picture.shape[:2]
        side = max(8, round(min(height, width) * random.uniform(0.35, 1.1)))
        left, top = (
            random.integers(min(0, width - side), max(1, width - side + 1)),
            random.integers(min(0, height - side), max(1, height - side + 1)),
        )
        ground = (
            texture(random, side) if random.random() < 0.5 else np.full((side, side), random.integers(256), np.uint8)
        )
        found = np.repeat(ground[..., None], 3, axis=2)
        x0, y0, x1, y1 = max(0, -left), max(0, -top), min(side, width - left), min(side, height - top)
        part = picture[top + y0 : top + y1, left + x0 : left + x1]
        opaque = part[..., 3:4].astype(np.float32) / 255
        found[y0:y1, x0:x1] = np.rint(part[..., :3] * opaque + found[y0:y1, x0:x1] * (1 - opaque)).astype(np.uint8)
        turned = np.rot90(found, int(random.integers(4))) if random.random() < 0.15 else found
        return np.ascontiguousarray(turned[:, ::-1] if random.random() < 0.5 else turned)


def texture(random: np.random.Generator, side: int) -> Image:
    """A drawn (side, side) grey picture: clouds, stripes, shapes or text, on an even or a graded ground."""
    kind, low, high = int(random.integers(5)), *random.uniform(0, 255, 2)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    angle = random.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    found = np.asarray(low + (high - low) * along, np.float32)
    if kind == 0:
        for cells in (3, 6, 12, 24):
            rough = random.standard_normal((cells, cells)).astype(np.float32)
            found += 90 / cells**0.7 * cv2.resize(rough, (side, side), interpolation=cv2.INTER_CUBIC)
    elif kind == 1:
        found = np.asarray(
            low + (high - low) * (np.sin(along * random.uniform(8, 90)) > random.uniform(-0.5, 0.5)), np.float32
        )
    picture = np.ascontiguousarray(np.clip(found, 0, 255).astype(np.uint8))
    if kind in (2, 4):
        for _ in range(int(random.integers(1, 9))):
            _shape(picture, random)
    if kind == 3:
        for row in range(int(random.integers(1, 6))):
            letters = "".join(WORDS[int(at)] for at in random.integers(0, len(WORDS), 12))
            size, thick = float(random.uniform(0.3, 2.0)) * side / 96, int(random.integers(1, 4))
            place = (int(random.integers(-side // 4, side // 4)), round((row + 0.7) * side / 4))
            cv2.putText(picture, letters, place, int(random.integers(0, 7)), size, int(high), thick, cv2.LINE_AA)
    return picture


def corner(face: Image, random: np.random.Generator) -> Image:
    """A fifth to two fifths of the side at the edge of ``face``, where no face can be seen."""
    side = face.shape[0]
    length = round(side * random.uniform(0.2, 0.38))
    across, down = (int(at) for at in random.integers(0, side - length + 1, 2))
    edge = int(random.integers(4))
    top, left = [(0, across), (side - length, across), (down, 0), (down, side - length)][edge]
    return np.ascontiguousarray(face[top : top + length, left : left + length])


def beside(face: Image, other: Image, random: np.random.Generator) -> Image:
    """Where two faces meet: the far part of one and the near part of the other, each a third to two thirds away."""
    side = face.shape[0]
    shift = round(side * random.uniform(0.42, 0.58))
    pair = np.concatenate([face[shift:], other[:shift]]) if random.random() < 0.5 else None
    return np.ascontiguousarray(np.concatenate([face[:, shift:], other[:, :shift]], axis=1) if pair is None else pair)


def _ruined(face: Image, random: np.random.Generator) -> Image:
    """``face`` of which hardly anything is left."""
    kind = int(random.integers(3))
    if kind == 0:
        done = degrade.Degradation(side=int(random.integers(2, 6)), down=int(random.integers(4)))
    elif kind == 1:
        done = degrade.Degradation(photons=float(random.uniform(0.5, 2)), grain=float(random.uniform(60, 120)))
    else:
        done = degrade.Degradation(lens=float(random.uniform(8, 14)))
    return degrade.apply(face, done.__class__(**{**vars(done), "seed": int(random.integers(1 << 31))}))


def _shape(picture: Image, random: np.random.Generator) -> None:
    side = picture.shape[0]
    x, y = (int(at) for at in random.integers(0, side, 2))
    level, size = int(random.integers(256)), int(random.integers(2, max(3, side // 2)))
    if random.random() < 0.5:
        axes = (size, int(random.integers(2, max(3, side // 2))))
        cv2.ellipse(picture, (x, y), axes, float(random.uniform(0, 180)), 0, 360, level, -1, cv2.LINE_AA)
    else:
        corners = random.integers(0, side, (4, 2)).astype(np.int32)
        cv2.fillConvexPoly(picture, cv2.convexHull(corners), level, cv2.LINE_AA)


def _pictures(path: str) -> Iterator[npt.NDArray[np.uint8]]:
    """(h, w, 4) BGR and opacity of each picture of a folder or zip, in the order of their names.

    Raises:
        ParamsError: none there.
    """
    place, count = Path(path), 0
    for data in _contents(place):
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None or image.dtype != np.uint8:
            continue
        if image.ndim == 2:
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        if image.shape[2] == 3:
            image = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
        ratio = SIDE / max(image.shape[:2])
        if ratio < 1:
            image = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
        yield np.asarray(image, np.uint8)
        count += 1
        if count == MOST:
            return
    if not count:
        raise ParamsError(
            f"train.negatives.path: no picture ({', '.join(ENDINGS)}) in '{path}'. Give a folder or zip of pictures "
            "without faces, or leave it empty"
        )


def _contents(place: Path) -> Iterator[bytes]:
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            for name in sorted(archive.namelist()):
                if name.lower().endswith(ENDINGS):
                    yield io.BytesIO(archive.read(name)).getvalue()
        return
    for path in sorted(place.rglob("*")):
        if path.suffix.lower() in ENDINGS and path.is_file():
            yield path.read_bytes()
