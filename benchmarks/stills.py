"""A JPEG of 24 megapixels: decoded reduced for the search of faces, beside decoding it whole.

``python -m benchmarks.stills``: large faces are cut from the reduced picture; small ones need a second decoding.
"""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.sampling import DETECTOR
from tasks.faces import crop, detect
from tasks.images.decode import decode
from tasks.images.reduced import picture
from tasks.params import Detector
from tasks.synthetic.scenes import still

SIZE: Final = (6000, 4000)
PIXELS: Final = 200_000_000
LEAST: Final = 96  # pixels, side of a face that is cut out, as in scoring (`Job.least_side`)
RUNS: Final = 4


def whole(data: bytes, name: str, weights: str) -> int:
    """Decode, find faces and cut them out; how many."""
    image = decode(data, PIXELS)
    faces = detect.find(image, name, Detector(), weights)
    return len([crop.cut(image, face, 0.0, False) for face in faces])


def reduced(data: bytes, name: str, weights: str) -> int:
    """The same by way of a reduced picture."""
    seen = picture(data, PIXELS, Detector().max_side)
    faces = detect.find(seen.image, name, Detector(), weights, (seen.width, seen.height, seen.factor))
    image, by = seen.for_faces(min((min(face.w, face.h) for face in faces), default=math.inf), LEAST)
    return len([crop.cut(image, face.scaled(1 / by), 0.0, False) for face in faces])


def photograph(height: int) -> bytes:
    """Two drawn people in 24 megapixels; the faces of those drawn ``height`` pixels high are the smaller the higher."""
    drawn = still(1, 3, 2, 3 * height // 2, height)[0]
    large = cv2.resize(drawn, SIZE, interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noise = np.random.default_rng(0).normal(0, 4, (512, 512, 3)).astype(np.int16)
    large += np.tile(noise, (8, 12, 1))[: SIZE[1], : SIZE[0]]
    return bytes(cv2.imencode(".jpg", np.clip(large, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def seconds(work: Callable[[], int]) -> tuple[float, int]:
    """The shortest time of the processor, and what ``work`` gave."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        found = work()
        times.append(time.process_time() - started)
    return min(times), found


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    name, weights = ("yunet", str(DETECTOR)) if Path(DETECTOR).is_file() else ("haar", "")
    print(f"{'24 MP JPEG, ' + name:<20} faces   whole  reduced  ratio")  # noqa: T201
    for what, height in (("large faces", 480), ("small faces", 1600)):
        data = photograph(height)
        one, found = seconds(lambda data=data: whole(data, name, weights))  # type: ignore[misc]
        other, again = seconds(lambda data=data: reduced(data, name, weights))  # type: ignore[misc]
        print(f"{what:<20} {found}, {again} {one * 1000:>4.0f} ms {other * 1000:>5.0f} ms {one / other:>6.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
