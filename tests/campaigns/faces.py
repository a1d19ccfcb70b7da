"""A zip of faces with all that prepare looks for: copies, near copies, blanks, broken files, few of one class."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS
from tasks.synthetic.crops import crop

PERIOD = 40  # of every so many pictures one is a copy, one a near copy, one blank, one broken, one of another label
_DRAWN = 200  # faces; the others are these with noise
_RARE = 3  # of the rare class, one picture in so many is kept


def write_zip(path: Path, pictures: int, side: int, seed: int) -> None:
    """Write ``pictures`` JPEGs of ``side`` pixels into the class folders of a zip; the same bytes for the same seed."""
    drawn = [crop(seed, number, EMOTIONS[number % 7], number) for number in range(_DRAWN)]
    with zipfile.ZipFile(path, "w") as archive:
        before = b""
        for number in range(pictures):
            emotion = EMOTIONS[number % 7 if number % 7 != 1 or number % _RARE == 0 else 3]
            data = _picture(drawn[number % _DRAWN], number, side, seed)
            match number % PERIOD:
                case 11:
                    data, emotion = before, EMOTIONS[(number - 1) % 7]  # the same pixels under the same label
                case 17:
                    data = before  # and under another one
                case 23:
                    data = _jpeg(_noisy(_decoded(before), 2.0, (seed, number)))
                case 29:
                    data = _jpeg(np.full((side, side), 127, np.uint8))
                case 31:
                    data = data[: len(data) // 2]
            split = "test" if number % 5 == 4 else "train"
            archive.writestr(zipfile.ZipInfo(f"{split}/{emotion}/{number:07d}.jpg"), data)
            before = data if number % PERIOD not in (29, 31) else before


def _picture(face: npt.NDArray[np.uint8], number: int, side: int, seed: int) -> bytes:
    """Turned and moved, so that two pictures of one drawing are no near copies."""
    rng = np.random.default_rng((seed, number))
    middle = (face.shape[0] - 1) / 2
    turned = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-40, 40), rng.uniform(1.0, 1.5))
    turned[:, 2] += rng.uniform(-6, 6, 2)
    moved = cv2.warpAffine(face, turned, face.shape[::-1], borderMode=cv2.BORDER_REFLECT)
    moved = _noisy(np.asarray(moved, np.uint8), 10.0, (seed, number, 1))
    return _jpeg(np.asarray(cv2.resize(moved, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8))


def _noisy(image: npt.NDArray[np.uint8], sd: float, seed: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0.0, sd, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _jpeg(image: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".jpg", image)[1])


def _decoded(data: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
