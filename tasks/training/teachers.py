"""What other networks answer for the training faces: the soft targets of distillation.

Source: Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt

from tasks import bundle, cores, prior
from tasks.classify import Classifier
from tasks.errors import ParamsError
from tasks.images import augment
from tasks.params import Augment, Distil, Normalise
from tasks.schema import EMOTIONS


def answers(
    images: npt.NDArray[np.uint8],
    normalise: Normalise,
    params: Distil,
    warp: Augment,
    seed: int,
    on_step: Callable[[int, int], None] = lambda done, total: None,
    piece: int = 512,
    drawn: prior.Shares | None = None,
) -> npt.NDArray[np.float32]:
    """(n, 7) probabilities, averaged over the teachers and over ``params.views`` views of each face.

    The first view is the face itself, the others are warped as in training. All processors look at once: LiteRT lets go
    of Python's lock. Their number changes nothing of the answers.

    Args:
        images: (n, side, side[, 3]).
        on_step: called with (faces done, faces in all, over all teachers).
        drawn: (7,) class shares that the answers are to be under; a teacher that doesn't say its own is taken as it is.
        piece: faces that one thread warps and looks at before it says so.

    Raises:
        ParamsError: a teacher has other labels, or takes faces that are normalised otherwise.
    """
    total = np.zeros((len(images), len(EMOTIONS)), np.float64)
    starts = range(0, len(images), piece)
    threads = cores.count()
    with ThreadPoolExecutor(threads) as pool:
        for number, name in enumerate(params.teachers):
            idle: SimpleQueue[Classifier] = SimpleQueue()
            for _ in range(threads):
                idle.put(_load(Path(name), normalise))

            def asked(start: int, idle: SimpleQueue[Classifier] = idle) -> npt.NDArray[np.float64]:
                network = idle.get()
                try:
                    return _piece(network, images[start : start + piece], start, params.views, warp, seed, drawn)
                finally:
                    idle.put(network)

            for start, found in zip(starts, pool.map(asked, starts), strict=True):
                total[start : start + piece] += found
                done = number * len(images) + min(start + piece, len(images))
                on_step(done, len(params.teachers) * len(images))
    return (total / (len(params.teachers) * params.views)).astype(np.float32)


def _piece(
    network: Classifier,
    faces: npt.NDArray[np.uint8],
    first: int,
    views: int,
    warp: Augment,
    seed: int,
    drawn: prior.Shares | None,
) -> npt.NDArray[np.float64]:
    """(n, 7) answers, summed over the views, for the faces from number ``first`` on."""
    total = np.zeros((len(faces), len(EMOTIONS)), np.float64)
    for view in range(views):
        seen = [
            face if view == 0 else _view(face, warp, (seed, view, place)) for place, face in enumerate(faces, first)
        ]
        found = network.raw(np.stack(seen))[:, : len(EMOTIONS)]
        own = network.card.prior
        total += found if drawn is None or own is None else prior.applied(found, prior.vector(own), drawn)
    return total


def _load(folder: Path, normalise: Normalise) -> Classifier:
    network = Classifier(bundle.locate(str(folder)))
    if network.card.labels != list(EMOTIONS):
        raise ParamsError(
            f"train.distil.teachers: '{folder}' answers {', '.join(network.card.labels)}, not {', '.join(EMOTIONS)}"
        )
    bundle.check_data(network.card, normalise)
    return network


def _view(image: npt.NDArray[np.uint8], warp: Augment, seed: Sequence[int]) -> npt.NDArray[np.uint8]:
    return augment.apply(image, augment.draw(warp, np.random.default_rng(seed)))
