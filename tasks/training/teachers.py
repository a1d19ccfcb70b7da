"""What other networks answer for the training faces: the soft targets of distillation.

Source: Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks import bundle
from tasks.classify import Classifier
from tasks.errors import ParamsError
from tasks.images import augment
from tasks.params import Augment, Distil, Normalise
from tasks.schema import EMOTIONS

PIECE = 512  # faces that are warped at a time


def answers(
    images: npt.NDArray[np.uint8],
    normalise: Normalise,
    params: Distil,
    warp: Augment,
    seed: int,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> npt.NDArray[np.float32]:
    """(n, 7) probabilities, averaged over the teachers and over ``params.views`` views of each face.

    The first view is the face itself, the others are warped as in training.

    Args:
        images: (n, side, side[, 3]).
        on_step: called with (faces done, faces in all, over all teachers).

    Raises:
        ParamsError: a teacher has other labels, or takes faces that are normalised otherwise.
    """
    total = np.zeros((len(images), len(EMOTIONS)), np.float64)
    networks = [_load(Path(name), normalise) for name in params.teachers]
    for number, network in enumerate(networks):
        for start in range(0, len(images), PIECE):
            for view in range(params.views):
                faces = [
                    images[place] if view == 0 else _view(images[place], warp, (seed, view, place))
                    for place in range(start, min(start + PIECE, len(images)))
                ]
                total[start : start + PIECE] += network.raw(np.stack(faces))
            on_step(number * len(images) + min(start + PIECE, len(images)), len(networks) * len(images))
    return (total / (len(networks) * params.views)).astype(np.float32)


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
