"""A network brought to the look of other faces, without labels: its batch norms see what those faces look like.

Source: Li et al., Revisiting Batch Normalization for Practical Domain Adaptation, 2016 (adaptive batch normalisation).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import bundle, engines, export, norms, quiet, trained_on
from tasks.classify import Classifier, channels
from tasks.dataset import Split
from tasks.errors import UsageError

LEAST = 256  # faces: fewer don't say what a channel's mean is


def adapt(network: Any, faces: npt.NDArray[np.uint8], seed: int = 1) -> Any:
    """Replace the means and variances of all batch norms by those over ``faces``; weights stay as they are.

    Args:
        network: a Keras model; changed in place and returned.
        faces: (n, side, side[, 3]), as the network takes them; shuffled, so that every batch is a fair sample.

    Raises:
        UsageError: the network has no batch norms, or there are too few faces.
    """
    if not norms.found(network):
        raise UsageError(f"adapt: '{network.name}' has no batch norms, so there is nothing to adapt")
    if len(faces) < LEAST:
        raise UsageError(f"adapt: {len(faces)} faces are too few, at least {LEAST} are needed")
    norms.settle(network, faces, seed)
    return network


def write(model: Path, split: Split, target: Path) -> bundle.Card:
    """Adapt the bundle ``model`` to the faces of ``split``, whose labels are not read, and write it to ``target``.

    The temperature stays that of ``model``.

    Raises:
        UsageError: as `adapt`; ``target`` is the model itself.
        SourceError: the faces were normalised otherwise than the model takes them.
    """
    source = bundle.locate(str(model))
    card = bundle.read_card(source)
    if target.resolve() == source.resolve():
        raise UsageError(f"--out: '{target}' is the model itself. Name another folder")
    bundle.check_data(card, split.normalise)
    with bundle.replacing(target) as folder:
        with quiet.native_output():
            network = adapt(engines.network(source), split.images)
            export.write(network, folder, card.precision, split.images[: export.CALIBRATION])
            expected = np.asarray(network.predict_on_batch(channels(split.images[: norms.BATCH])))
        card = replace(card, digest=export.digest(folder), parity_accuracy=None, latency_ms=None, faces_per_second=None)
        card = trained_on.carry(source, folder, card, split.images)
        bundle.write_card(folder, card)
        found = Classifier(folder).raw(split.images[: norms.BATCH])
        card = replace(card, parity=float(np.abs(found - expected).max()))
        bundle.write_card(folder, card)
    return card
