"""YuNet on onnxruntime beside OpenCV's runner, on one thread each, and whether they find the same.

    python -m benchmarks.detectors [YUNET]

Without the file's name it is taken from the cache or downloaded. Pictures are drawn scenes of one face.
"""

import sys
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces import weights, yunet, yunet_onnx
from tasks.faces.face import Detect, Face
from tasks.faces.track import overlap
from tasks.params import Detector
from tasks.synthetic.scenes import still

SIDES: Final = (320, 640, 1024)  # pixels, longer side
PICTURES: Final = 6
ROUNDS: Final = 15


class Beside(NamedTuple):
    """Medians in milliseconds of processor time per picture, and the least overlap of a face with its other."""

    side: int
    onnxruntime: float
    opencv: float
    faces: int
    overlap: float


def measure(path: str, sides: tuple[int, ...] = SIDES, rounds: int = ROUNDS) -> Iterator[Beside]:
    """Yield the two runners' times at each of ``sides``; they take turns, picture by picture.

    Processor time, all threads together: other work on the machine hardly touches it.

    Raises:
        UsageError: ``path`` is no YuNet file.
        RuntimeError: onnxruntime is absent or can't run it.
    """
    cv2.setNumThreads(1)
    ours, theirs = yunet_onnx.load(Detector(), path), yunet.on_opencv(Detector(), path)
    if ours is None:
        raise RuntimeError("onnxruntime is not installed, or can't run this file: make install EXTRAS=onnx")
    for side in sides:
        pictures = [_scaled(still(21, number)[0], side) for number in range(PICTURES)]
        pairs = [(ours(picture), theirs(picture)) for picture in pictures]  # which warms both up
        times = np.array([(_ms(ours, one), _ms(theirs, one)) for _ in range(rounds) for one in pictures])
        faces = sum(len(found) for found, _ in pairs)
        fast, slow = np.median(times, axis=0).tolist()
        yield Beside(side, fast, slow, faces, min(_agreement(*pair) for pair in pairs))


def _ms(detect: Detect, picture: npt.NDArray[np.uint8]) -> float:
    started = time.process_time()
    detect(picture)
    return 1000 * (time.process_time() - started)


def _agreement(one: list[Face], other: list[Face]) -> float:
    """The least overlap of a face with that of the same rank; 0 where their numbers differ."""
    if len(one) != len(other):
        return 0.0
    return min((overlap(*pair) for pair in zip(one, other, strict=True)), default=1.0)


def _scaled(picture: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    factor = side / max(picture.shape)
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


if __name__ == "__main__":
    named = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = weights.choose(Detector(name="yunet", weights=named))
    print("longer side   onnxruntime     OpenCV   ratio   faces   least overlap")  # noqa: T201
    for row in measure(chosen.weights):
        print(  # noqa: T201
            f"{row.side:>8} px {row.onnxruntime:>10.1f} ms {row.opencv:>7.1f} ms {row.opencv / row.onnxruntime:>7.2f}"
            f" {row.faces:>7} {row.overlap:>15.4f}"
        )
