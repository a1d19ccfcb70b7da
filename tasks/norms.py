"""What a network's batch norms take for usual: the means and variances over some faces."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.classify import channels

BATCH = 128


def found(network: Any) -> list[Any]:
    """All batch norms of ``network``, with those of networks inside."""
    import keras

    return [layer for layer in _layers(network) if isinstance(layer, keras.layers.BatchNormalization)]


def settle(network: Any, faces: npt.NDArray[np.uint8], seed: int = 1) -> None:
    """Replace means and variances of all batch norms by those over ``faces``, in place; weights stay as they are.

    Args:
        faces: (n, side, side[, 3]), as the network takes them, at least 128; shuffled, so that every batch is a fair
            sample.
    """
    import keras

    norms = found(network)
    if not norms:
        return
    dropouts = {layer: layer.rate for layer in _layers(network) if isinstance(layer, keras.layers.Dropout)}
    momenta = {layer: layer.momentum for layer in norms}
    order = np.random.default_rng(seed).permutation(len(faces))
    try:
        for layer in dropouts:
            layer.rate = 0.0
        for done in range(len(faces) // BATCH):
            for layer in norms:
                layer.momentum = done / (done + 1)  # the running values are then the mean over all batches
            network(channels(faces[order[done * BATCH : (done + 1) * BATCH]]), training=True)
    finally:
        for layer, rate in dropouts.items():
            layer.rate = rate
        for layer, momentum in momenta.items():
            layer.momentum = momentum


def _layers(network: Any) -> Iterator[Any]:
    """All layers, with those of networks inside."""
    for layer in network.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
