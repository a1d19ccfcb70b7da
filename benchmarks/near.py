"""How alike the prints of copies are, and how alike those of different faces.

    python -m benchmarks.near [ZIP]

Drawn faces, or the JPEG files in ZIP, each picture once. For each change of a picture: the share of changed copies
within so many bits of the original. Then the nearest neighbours of different pictures, and how many pictures are left
out at each distance.
"""

import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks import near
from tasks.images.fingerprint import distance, fingerprint
from tasks.params import Clean
from tasks.schema import EMOTIONS
from tasks.synthetic.crops import crop

Faces = npt.NDArray[np.uint8]
Change = Callable[[Faces, np.random.Generator], npt.NDArray[np.floating] | Faces]  # of one face

DRAWN: Final = 2000
SAMPLE: Final = 600  # faces that are changed and whose neighbours are looked for
APART: Final = (8, 10, 12, 14, 16, 18, 20)


def drawn(count: int = DRAWN) -> Faces:
    """(count, 48, 48) faces of 120 people."""
    return np.stack([crop(1, number % 120, EMOTIONS[number % 7], number) for number in range(count)])


def zipped(path: Path) -> Faces:
    """(n, 48, 48) different pictures that are not blank, in the order of their names."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        decoded = [_decoded(np.frombuffer(archive.read(name), np.uint8)) for name in names]
    unique = {face.tobytes(): face for face in decoded if face.std() >= 1}
    return np.stack(list(unique.values()))


def _decoded(data: Faces) -> Faces:
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _jpeg(quality: int) -> Change:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return lambda face, _: _decoded(cv2.imencode(".jpg", face, options)[1])


def _resized(side: int) -> Change:
    def change(face: Faces, _: np.random.Generator) -> Faces:
        ways = (cv2.INTER_AREA, cv2.INTER_LINEAR)
        there, back = ways if side < len(face) else ways[::-1]
        small = cv2.resize(face, (side, side), interpolation=there)
        return np.asarray(cv2.resize(small, face.shape[::-1], interpolation=back), np.uint8)

    return change


def _moved(face: Faces, matrix: npt.ArrayLike) -> Faces:
    size = face.shape[::-1]
    return np.asarray(
        cv2.warpAffine(face, np.asarray(matrix, float), size, borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )


def _shifted(pixels: int) -> Change:
    """In one direction or in both."""

    def change(face: Faces, random: np.random.Generator) -> Faces:
        right, down = pixels * np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1)])[random.integers(6)]
        return _moved(face, [[1, 0, right], [0, 1, down]])

    return change


def _cropped(face: Faces, random: np.random.Generator) -> Faces:
    zoom = 1 / 0.95
    right, down = -zoom * random.uniform(0, 0.05 * len(face), 2)
    return _moved(face, [[zoom, 0, right], [0, zoom, down]])


def _turned(face: Faces, random: np.random.Generator) -> Faces:
    middle = (len(face) - 1) / 2
    return _moved(face, cv2.getRotationMatrix2D((middle, middle), random.choice([-2.0, 2.0]), 1))


def _captioned(face: Faces, random: np.random.Generator) -> Faces:
    corner = (int(random.integers(0, 14)), int(random.integers(12, 46)))
    level = int(random.choice([0, 255]))
    return np.asarray(cv2.putText(face.copy(), "photo", corner, cv2.FONT_HERSHEY_PLAIN, 0.7, level, 1, cv2.LINE_AA))


CHANGES: Final[dict[str, Change]] = {
    "JPEG, quality 30": _jpeg(30),
    "JPEG, quality 50": _jpeg(50),
    "JPEG, quality 75": _jpeg(75),
    "20 levels brighter": lambda face, _: face + 20.0,
    "20 levels darker": lambda face, _: face - 20.0,
    "contrast 0.8": lambda face, _: (face - face.mean()) * 0.8 + face.mean(),
    "contrast 1.2": lambda face, _: (face - face.mean()) * 1.2 + face.mean(),
    "gamma 1.2": lambda face, _: 255 * (face / 255) ** 1.2,
    "noise, deviation 3": lambda face, random: face + random.normal(0, 3, face.shape),
    "noise, deviation 6": lambda face, random: face + random.normal(0, 6, face.shape),
    "noise, deviation 10": lambda face, random: face + random.normal(0, 10, face.shape),
    "blur, sigma 0.7": lambda face, _: cv2.GaussianBlur(face, (0, 0), 0.7),
    "by way of 36 pixels": _resized(36),
    "by way of 96 pixels": _resized(96),
    "shifted by 1 pixel": _shifted(1),
    "shifted by 2 pixels": _shifted(2),
    "cropped by 5 %": _cropped,
    "turned by 2 degrees": _turned,
    "a word across it": _captioned,
    "mirrored": lambda face, _: face[:, ::-1],
}


def changed(faces: Faces, change: Change) -> Faces:
    """(n, h, w) the same faces, each changed with its own chance; the same every time."""
    made = [change(face, np.random.default_rng(number)) for number, face in enumerate(faces)]
    return np.clip(np.rint(np.stack(made).astype(np.float64)), 0, 255).astype(np.uint8)


def bits(faces: Faces, change: Change) -> npt.NDArray[np.int64]:
    """(n,) between each face and its changed copy."""
    return distance(fingerprint(faces), fingerprint(changed(faces, change)))


def nearest(prints: npt.NDArray[np.uint8], some: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bits from each of the rows ``some`` to its nearest other one."""
    found = np.empty(len(some), np.int64)
    for place, row in enumerate(some):
        apart = distance(prints[row], prints)
        apart[row] = apart.max()
        found[place] = apart.min()
    return found


def measure(faces: Faces) -> None:
    """Print the tables for (n, h, w) different faces."""
    random = np.random.default_rng(1)
    some = np.sort(random.choice(len(faces), min(SAMPLE, len(faces)), replace=False))
    _line(f"{len(faces)} faces, bits", "median", *APART)
    for name, change in CHANGES.items():
        found = bits(faces[some], change)
        _line(name, int(np.median(found)), *(f"{(found <= apart).mean():.3f}" for apart in APART))
    started = time.perf_counter()
    prints = fingerprint(faces)
    _line("microseconds per face", round((time.perf_counter() - started) / len(faces) * 1e6, 1))
    found = nearest(prints, some)
    _line("nearest other face", int(np.median(found)), *(f"{(found <= apart).mean():.3f}" for apart in APART))
    outcomes = [_left_out(prints, apart) for apart in APART]
    _line("images left out", "", *(count for count, _ in outcomes))
    _line("seconds", "", *(f"{seconds:.1f}" for _, seconds in outcomes))
    _line("default distance", Clean().near_distance)


def _left_out(prints: npt.NDArray[np.uint8], apart: int) -> tuple[int, float]:
    started = time.perf_counter()
    found = near.leaders(prints, np.arange(len(prints)), apart)
    return int(np.count_nonzero(found >= 0)), time.perf_counter() - started


def _line(name: str, *values: object) -> None:
    print(f"{name:<22}", *(f"{value!s:>7}" for value in values))  # noqa: T201


if __name__ == "__main__":
    measure(zipped(Path(sys.argv[1])) if len(sys.argv) > 1 else drawn())
