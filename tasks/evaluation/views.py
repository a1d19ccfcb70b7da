"""Test-time augmentation: several views of one face, whose probabilities are averaged.

Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012, average ten views.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.images import augment
from tasks.params import Augment, Evaluate

Faces = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]
Network = Callable[[Faces], Probabilities]


class Averaged(NamedTuple):
    """(n, k) probabilities of the faces alone, and averaged over all views."""

    alone: Probabilities
    views: Probabilities


def average(network: Network, faces: Faces, keys: Sequence[str], params: Evaluate) -> Averaged:
    """Ask ``network`` about ``params.tta`` views of each face: view 0 is the face itself, the others are warped.

    View v of an image is drawn from (params.seed, its key, v): neither order nor batches change it.

    Args:
        network: (n, side, side[, 3]) faces to (n, k) probabilities.
        faces: (n, side, side) grey or (n, side, side, 3) BGR.
        keys: n names.

    Returns:
        Twice the same array where there is one view or none.
    """
    alone = network(faces)
    if params.tta < 2:
        return Averaged(alone, alone)
    ranges = Augment(**params.views.model_dump())
    named = list(zip(faces, map(number, keys), strict=True))
    total = alone.astype(np.float64)
    for view in range(1, params.tta):
        total += network(np.stack([_view(face, key, view, ranges, params.seed) for face, key in named]))
    return Averaged(alone, (total / params.tta).astype(np.float32))


def number(key: str) -> int:
    """A number that stands for ``key`` in seeds, the same in all processes."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _view(face: Faces, key: int, view: int, ranges: Augment, seed: int) -> Faces:
    return augment.apply(face, augment.draw(ranges, np.random.default_rng((seed, key, view))))
