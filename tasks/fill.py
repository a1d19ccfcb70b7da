"""Warped copies of training images, until each class has its target: how many of which, and each one's pixels."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.errors import ParamsError
from tasks.images.augment import Warp, apply, describe, draw, rounded
from tasks.params import Fill
from tasks.schema import EMOTIONS

DRAWS: Final = (
    1000  # of a warp until one changes a pixel; with chance 0.01 for each that is, all fail 4 times in 100,000
)

_STILL = Warp()


class _Words(np.random.bit_generator.ISeedSequence):
    """Seeds a generator with a digest as it stands: a tenth of what numpy's own mixing takes, and as uniform."""

    def __init__(self, digest: bytes) -> None:
        self.digest = digest

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> npt.NDArray[Any]:
        """The digest as ``n_words`` words of ``dtype``."""
        return np.frombuffer(self.digest, np.dtype(dtype).newbyteorder("<"), n_words).astype(dtype)


def copies(
    labels: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64], target: Mapping[str, int]
) -> npt.NDArray[np.int32]:
    """How many warped copies to make of each image, so that each class of ``target`` has as many images as it says.

    All images of a class have equally many copies, and those with the smallest hashes one more. A class without
    images stays empty, and one at its target or over it is left as it is.

    Args:
        labels: (n,) index into EMOTIONS, of the training split only.
        hashes: (n,) uniform, from the pixels; of equal ones the first counts as smaller.
        target: emotion -> number of images with the copies.

    Returns:
        (n,) number of copies.
    """
    found = np.zeros(len(labels), np.int32)
    for emotion, wanted in target.items():
        rows = np.flatnonzero(labels == EMOTIONS.index(emotion))
        if len(rows) and wanted > len(rows):
            each, rest = divmod(wanted - len(rows), len(rows))
            found[rows] = each
            found[rows[np.argsort(hashes[rows], kind="stable")[:rest]]] += 1
    return found


def copy_key(key: str, number: int) -> str:
    """Key of the ``number``-th copy, from 0, of the image ``key``."""
    return f"{key}#augmented-{number}"


def generator(seed: int, key: str, number: int) -> np.random.Generator:
    """PCG-64 started from the 256 bits of BLAKE2b over all three: the same whoever asks, whenever."""
    digest = blake2b(f"{seed} {number} {key}".encode(), digest_size=32).digest()
    return np.random.Generator(np.random.PCG64(_Words(digest)))  # type: ignore[arg-type]  # the stub forgets interfaces


def warped(face: npt.NDArray[np.uint8], key: str, number: int, fill: Fill) -> tuple[npt.NDArray[np.uint8], str]:
    """The ``number``-th copy of the image ``key``, which differs from it in at least one pixel.

    A warp that changes nothing, such as one that is too small to, is drawn again from the same generator.

    Args:
        face: (h, w) or (h, w, 3) normalised face.
        key: of the image in its data set.
        number: of the copy, from 0.
        fill: seed and ranges.

    Returns:
        The copy, and what was done: ``augment.apply(face, augment.parse(description))`` gives the copy again.

    Raises:
        ParamsError: none of DRAWS warps changes the face: the ranges are next to 0, or it is a single grey level.
    """
    random = generator(fill.seed, key, number)
    for _ in range(DRAWS):
        warp = rounded(draw(fill.warp, random))
        if warp != _STILL and not np.array_equal(copy := apply(face, warp), face):
            return copy, describe(warp)
    raise ParamsError(
        f"prepare.fill.warp: {DRAWS} warps left {key!r} as it is. Widen the ranges, found {fill.warp!r}, "
        "or leave such images out by prepare.clean.blank_std"
    )
