"""Recall and precision of YuNet and Haar on pictures of WIDER FACE, by difficulty and by the faces' size.

    python -m benchmarks.wider ZIP-or-FOLDER [YUNET]

It holds `images/` and `gt.json`, a list of {file, boxes_xywh: [[x, y, w, h], ...] in pixels of the file, easy, medium,
hard: [numbers of boxes]}. Faces outside `hard` are those that WIDER's evaluation leaves out: they are neither to be
found nor wrong to find.
"""

import itertools
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces import detect, weights
from tasks.faces.agreement import Boxes, Counts, count, total, within
from tasks.images.decode import decode
from tasks.images.normalise import bgr
from tasks.params import Detector

NAMES: Final = ("yunet", "haar")
FACTORS: Final = (1, 2, 4)  # by which the pictures are enlarged
LEVELS: Final = ("easy", "medium", "hard")
EDGES: Final = (0, 8, 16, 32, 64, np.inf)  # pixels, shorter side of a face in the picture as it is
SIZES: Final = tuple(itertools.pairwise(EDGES))
WANTED: Final = Detector(min_size=1, max_side=8192)
_PIXELS: Final = 100_000_000

Table = dict[tuple[str, int, str], Counts]  # (detector, factor, rank) -> counts


class Annotated(NamedTuple):
    """A picture (h, w, 3), its faces' boxes and, per level, which of them count (n,)."""

    image: npt.NDArray[np.uint8]
    truth: Boxes
    levels: dict[str, npt.NDArray[np.bool_]]


def read(path: Path) -> Iterator[Annotated]:
    """Yield the pictures of a folder or zip, as the module says."""
    root = zipfile.Path(path) if path.is_file() else path
    for row in json.loads((root / "gt.json").read_text()):
        truth = np.reshape(np.array(row["boxes_xywh"], np.float64), (-1, 4))
        levels = {level: np.isin(np.arange(len(truth)), row[level]) for level in LEVELS}
        yield Annotated(bgr(decode((root / "images" / row["file"]).read_bytes(), _PIXELS)), truth, levels)


def found(image: npt.NDArray[np.uint8], name: str, factor: int, yunet: str) -> Boxes:
    """Boxes in pixels of ``image`` that the detector ``name`` finds in it, enlarged by ``factor``."""
    large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) if factor > 1 else image
    faces = detect.find(np.asarray(large, np.uint8), name, WANTED, yunet if name == "yunet" else "")
    return np.reshape(np.array([(face.x, face.y, face.w, face.h) for face in faces]) / factor, (-1, 4))


def measure(
    path: Path, yunet: str, names: tuple[str, ...] = NAMES, factors: tuple[int, ...] = FACTORS
) -> Table:  # fmt: skip
    """Counts of each detector, factor and rank: WIDER's levels, and sizes such as `8-16` of the faces in `hard`."""
    counts: dict[tuple[str, int, str], list[Counts]] = {}
    for image, truth, levels in read(path):
        for name in names:
            for factor in factors:
                boxes = found(image, name, factor, yunet)
                for level, asked in levels.items():
                    counts.setdefault((name, factor, level), []).append(count(truth, boxes, asked))
                for low, high in SIZES:
                    asked = levels["hard"] & within(truth, low, high)
                    here = count(truth, boxes, asked, within(boxes, low, high))
                    counts.setdefault((name, factor, rank(low, high)), []).append(here)
    return {key: total(found) for key, found in counts.items()}


def rank(low: float, high: float) -> str:
    """What a class of sizes is called."""
    return f"{low:g}-{high:g}" if np.isfinite(high) else f"{low:g}-"


if __name__ == "__main__":
    cv2.setNumThreads(1)
    chosen = weights.choose(Detector(name="yunet", weights=sys.argv[2] if len(sys.argv) > 2 else ""))
    table = measure(Path(sys.argv[1]), chosen.weights)
    columns = [(name, factor) for name in NAMES for factor in FACTORS]
    print("recall / precision " + "".join(f"{name + ' x' + str(factor):>14}" for name, factor in columns))  # noqa: T201
    for row in [*LEVELS, *(rank(*size) for size in SIZES)]:
        cells = [table[name, factor, row] for name, factor in columns]
        said = "".join(f"{cell.recall:>7.2f} / {cell.precision:.2f}" for cell in cells)
        print(f"{row:<8} {cells[0].faces:>6,}    {said}")  # noqa: T201
