"""Training batches: shuffled, warped and mixed from a seed, the same on any backend and after any interruption."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.classify import channels
from tasks.images import augment, cover, degrade
from tasks.params import Train
from tasks.schema import EMOTIONS, REJECTS
from tasks.training import mix
from tasks.training.negatives import Negatives

CLASSES = len(EMOTIONS)
Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]
_SHUFFLE, _MIX, _HARM = 1 << 40, 1 << 41, 1 << 42  # apart from the numbers of faces, which seed their warps


class Feed:
    """Batches of one split, epoch by epoch; batch b of epoch e is the same whatever was asked for before it.

    Attributes:
        weights: (7,) of the classes in the loss; may be changed between epochs.
        counts: (7,) faces of each class.
        epoch: the current one, from 0.
    """

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int64],
        targets: npt.NDArray[np.float32],
        params: Train,
        weights: npt.NDArray[np.float64] | None = None,
        negatives: Negatives | None = None,
        odds: npt.NDArray[np.float64] | None = None,
    ) -> None:
        """Args as arrays of n faces: (n, side, side[, 3]) levels, (n,) class numbers, (n, k) what is to be answered.

        Args:
            negatives: pictures without emotion for a network with `model.rejects`, whose scores are the columns behind
                the emotions in ``targets``; None: it has none.
            odds: (n,) how often each face is drawn beside the others, with `oversample`; None: by its label.
        """
        self._negatives, self._odds = negatives, odds
        self._images, self._labels, self._targets, self._params = images, labels, targets, params
        self.counts = np.bincount(labels, minlength=len(EMOTIONS))
        self.weights = np.ones(len(EMOTIONS)) if weights is None else weights
        self.begin(0)

    def begin(self, epoch: int) -> None:
        """Shuffle for ``epoch``: each face once, or with `oversample` as many draws, each class as likely as any."""
        self.epoch = epoch
        random = np.random.default_rng((self._params.seed, epoch, _SHUFFLE))
        count = len(self._images)
        if self._params.balance == "oversample":
            share = 1 / np.bincount(self._labels)[self._labels] if self._odds is None else self._odds
            self._order = random.choice(count, count, p=share / share.sum())
        else:
            self._order = random.permutation(count)

    def __len__(self) -> int:
        """Batches per epoch."""
        return (len(self._images) + self._params.batch_size - 1) // self._params.batch_size

    def batch(self, number: int) -> Batch:
        """Faces (b, side, side, 3) of 0..255, targets (b, k) and weights (b,).

        Face i of epoch e is warped by the generator seeded (seed, e, i): scheduling changes nothing.
        """
        size = self._params.batch_size
        chosen = self._order[number * size : (number + 1) * size]
        made, targets = [self._warped(int(place)) for place in chosen], self._targets[chosen]
        for row, place in enumerate(chosen):
            made[row], targets[row] = self._harmed(made[row], targets[row], (number * size + row, int(place)))
        faces, weights = channels(np.stack(made)), self.weights[self._labels[chosen]].astype(np.float32)
        random = np.random.default_rng((self._params.seed, self.epoch, _MIX, number))
        drawn = None if self._plain() else mix.draw(self._params.mixing, len(chosen), faces.shape[1], random)
        if drawn is None:
            return faces, targets, weights
        return mix.apply(faces, drawn), mix.blend(targets, drawn), mix.blend(weights, drawn)

    def sample(self, count: int) -> npt.NDArray[np.uint8]:
        """Up to ``count`` of the faces as they are, the same ones always."""
        drawn = np.random.default_rng(self._params.seed).permutation(len(self._images))[:count]
        return np.stack([self._images[int(place)] for place in np.sort(drawn)])

    def _plain(self) -> bool:
        return self.epoch >= round(self._params.epochs * (1 - self._params.mixing.plain))

    def _harmed(
        self, face: npt.NDArray[np.uint8], target: npt.NDArray[np.float32], seed: tuple[int, int]
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """``face`` covered and damaged, or another picture in its place; and what is then to be answered."""
        params = self._params.augment
        share = self._params.negatives.share if self._negatives else 0.0
        if not (params.damage or params.cover or share):
            return face, target
        random = np.random.default_rng((self._params.seed, self.epoch, *seed, _HARM))
        chances = random.random(3)
        target = target.copy()
        scores = target[CLASSES : CLASSES + len(REJECTS)] if self._negatives else np.zeros(len(REJECTS), np.float32)
        if self._negatives and chances[0] < share:
            face, said = self._negatives.draw(random)
            target[:] = 0
            scores[:] = said
        elif chances[1] < params.cover:
            hiding = cover.draw(random)
            face = cover.apply(face, hiding)
            scores[1] = hiding.hidden
        if chances[2] < params.damage:
            done = degrade.draw(random)
            face = degrade.apply(face, done)
            scores[0] = max(scores[0], degrade.unreadable(done))
        return face, target

    def _warped(self, place: int) -> npt.NDArray[np.uint8]:
        random = np.random.default_rng((self._params.seed, self.epoch, place))
        return augment.apply(self._images[place], augment.draw(self._params.augment, random))


def keras_dataset(feed: Feed) -> Any:
    """``feed`` as a keras.utils.PyDataset, which makes the next batches while the network works on one."""
    from keras.utils import PyDataset

    class Batches(PyDataset):  # type: ignore[misc, unused-ignore]
        """One pass over the faces per epoch."""

        def __len__(self) -> int:
            return len(feed)

        def __getitem__(self, number: int) -> Batch:
            return feed.batch(number)

    return Batches()


def plain(images: npt.NDArray[np.uint8], size: int = 256) -> Any:
    """Faces as they are, in order, as a keras.utils.PyDataset for `predict`: only one batch is made into floats."""
    from keras.utils import PyDataset

    class Plain(PyDataset):  # type: ignore[misc, unused-ignore]
        """One pass over the faces."""

        def __len__(self) -> int:
            return (len(images) + size - 1) // size

        def __getitem__(self, number: int) -> tuple[npt.NDArray[np.float32]]:
            return (channels(images[number * size : (number + 1) * size]),)

    return Plain()
