"""Training batches: shuffled and warped from a seed, the same on any backend."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.classify import channels
from tasks.images import augment
from tasks.params import Train


def make(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], params: Train) -> Any:
    """A keras.utils.PyDataset of ((b, side, side, 3) levels, (b,) labels).

    Args:
        images: (n, side, side) grey or (n, side, side, 3) BGR faces.
        labels: (n,) class numbers.
        params: batch size, seed and ranges of the warp.

    Face i of epoch e is warped by the generator seeded (seed, e, i): scheduling changes nothing.
    """
    from keras.utils import PyDataset

    class Batches(PyDataset):  # type: ignore[misc, unused-ignore]
        """One pass over the faces per epoch."""

        def __init__(self) -> None:
            super().__init__()
            self.epoch = 0
            self.order = self._shuffled()

        def _shuffled(self) -> npt.NDArray[np.int64]:
            return np.random.default_rng((params.seed, self.epoch)).permutation(len(images))

        def __len__(self) -> int:
            return (len(images) + params.batch_size - 1) // params.batch_size

        def __getitem__(self, number: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
            chosen = self.order[number * params.batch_size : (number + 1) * params.batch_size]
            warped = [_warped(images[i], params, (params.seed, self.epoch, int(i))) for i in chosen]
            return channels(np.stack(warped)), labels[chosen]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = self._shuffled()

    return Batches()


def _warped(image: npt.NDArray[np.uint8], params: Train, seed: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    return augment.apply(image, augment.draw(params.augment, np.random.default_rng(seed)))
