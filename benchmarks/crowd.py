"""A zip of any number of faces: those of FER-2013 where it is at hand, else drawn ones, again and again with noise."""

import itertools
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS, IMAGE_SIZE
from tasks.synthetic.crops import crop

FER2013: Final = Path("../shared/data/fer2013/fer2013.zip")
PROCESSES: Final = 2
_DRAWN: Final = 4096  # faces, where FER-2013 is absent
_PIECE: Final = 2048  # images that a process makes at a time
_AHEAD: Final = 8 * PROCESSES  # pieces in memory
_FIELD: Final = 512  # pixels, side of the field that noise is cut from
_QUALITY: Final = 92


@dataclass(frozen=True)
class Crowd:
    """What a crowd is made of; equal ones give equal bytes.

    Attributes:
        images: how many.
        sd: of the gaussian noise on every repetition, grey levels; the first time each face is as it is.
        varied: repetitions are turned, moved and mirrored besides: other pictures, and not near copies.
        seed: of noise and variations.
        faces: a zip of ``<split>/<class>/<file>``; drawn faces where it is not there.
    """

    images: int
    sd: float = 6.0
    varied: bool = False
    seed: int = 1
    faces: Path = FER2013

    def name(self) -> str:
        """Of its zip."""
        kind = "fer2013" if self.faces.exists() else "drawn"
        return f"{kind}-{self.images}-sd{self.sd:g}{'-varied' if self.varied else ''}-seed{self.seed}.zip"


def kept(crowd: Crowd, folder: Path) -> Path:
    """The zip of ``crowd`` in ``folder``, made when it is not there; a million take some minutes."""
    path = folder / crowd.name()
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        write(crowd, temporary)
        temporary.replace(path)
    return path


def write(crowd: Crowd, path: Path) -> None:
    """Write the zip, its members stored."""
    starts = range(0, crowd.images, _PIECE)
    with zipfile.ZipFile(path, "w") as archive, ProcessPoolExecutor(PROCESSES) as pool:
        for first in range(0, len(starts), _AHEAD):
            for piece in pool.map(_piece, itertools.repeat(crowd), starts[first : first + _AHEAD]):
                for name, data in piece:
                    archive.writestr(zipfile.ZipInfo(name), data)


def _piece(crowd: Crowd, start: int) -> list[tuple[str, bytes]]:
    names, faces = _faces(crowd.faces, crowd.seed)
    field = _noise(crowd.sd, crowd.seed)
    made = []
    for number in range(start, min(start + _PIECE, crowd.images)):
        again, at = divmod(number, len(faces))
        face = faces[at] if not again else _changed(faces[at], field, crowd, number)
        data = cv2.imencode(".jpg", face, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1].tobytes()
        made.append((f"{names[at]}/{number:08d}.jpg", data))
    return made


def _changed(
    face: npt.NDArray[np.uint8], field: npt.NDArray[np.int16], crowd: Crowd, number: int
) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng((crowd.seed, number))
    x, y = rng.integers(0, _FIELD - IMAGE_SIZE, 2).tolist()
    if crowd.varied:
        middle = (IMAGE_SIZE - 1) / 2
        turned = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-25, 25), rng.uniform(1.0, 1.4))
        turned[:, 2] += rng.uniform(-5, 5, 2)
        face = np.asarray(cv2.warpAffine(face, turned, face.shape[::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)
        face = face[:, ::-1] if rng.random() < 0.5 else face
    return np.asarray(np.clip(face + field[y : y + IMAGE_SIZE, x : x + IMAGE_SIZE], 0, 255), np.uint8)


@cache
def _noise(sd: float, seed: int) -> npt.NDArray[np.int16]:
    return np.random.default_rng(seed).normal(0.0, sd, (_FIELD, _FIELD)).round().astype(np.int16)


@cache
def _faces(path: Path, seed: int) -> tuple[list[str], npt.NDArray[np.uint8]]:
    """Folder of each face, and (n, 48, 48) grey levels; each process decodes them once."""
    cv2.setNumThreads(1)
    if not path.exists():
        emotions = [EMOTIONS[number % len(EMOTIONS)] for number in range(_DRAWN)]
        drawn = [crop(seed, number, emotion, number) for number, emotion in enumerate(emotions)]
        splits = ["test" if number % 9 == 8 else "train" for number in range(_DRAWN)]
        return [f"{split}/{emotion}" for split, emotion in zip(splits, emotions, strict=True)], np.stack(drawn)
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith((".jpg", ".png"))]
        # All classes are among the first few, as a part of them is taken.
        names = [names[at] for at in np.random.default_rng(seed).permutation(len(names)).tolist()]
        faces = [
            np.asarray(cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
            for name in names
        ]
    return [name.rpartition("/")[0] for name in names], np.stack(faces)
