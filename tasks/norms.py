"""What a network's batch norms take for usual: the means and variances over some faces."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.classify import channels

BATCH = 128
KEPT = 1024  # faces
PIECE = 16


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


def keep(
    network: Any, ready: Callable[[npt.NDArray[np.uint8]], Any], faces: npt.NDArray[np.uint8], seed: int = 1
) -> None:
    """Let batch norms take for usual what they get from ``faces``, and answer as before, in place.

    In training a norm divides by what its batch has. Of one whose means and variances are of other pictures, or of
    none, the answers would jump then; scale and shift make up for it. A norm that hasn't both, as Inception's, stays.

    Args:
        network: without networks inside.
        ready: makes of some faces what ``network`` takes.
        faces: (n, side, side[, 3]); no more than KEPT of them are looked at, PIECE at a time: what all norms get from a
            large face has tens of megabytes.
    """
    import keras

    norms = [layer for layer in found(network) if layer.scale and layer.center]
    if not norms:
        return
    before = keras.Model(network.inputs[0], {str(place): layer.input for place, layer in enumerate(norms)})
    order = np.random.default_rng(seed).permutation(len(faces))[:KEPT]
    sums = [np.zeros((3, layer.moving_mean.shape[0])) for layer in norms]
    for start in range(0, len(order), PIECE):
        seen = before(ready(faces[order[start : start + PIECE]]), training=False)
        for place, total in enumerate(sums):
            x = keras.ops.convert_to_numpy(keras.ops.cast(seen[str(place)], "float32"))
            flat = x.astype(np.float64).reshape(-1, x.shape[-1])
            total += [np.full(flat.shape[1], len(flat)), flat.sum(0), (flat**2).sum(0)]
    for layer, (count, total, squares) in zip(norms, sums, strict=True):
        mean, variance = total / count, squares / count - (total / count) ** 2
        scale, shift, usual, spread = layer.get_weights()
        factor = scale / np.sqrt(spread + layer.epsilon)
        layer.set_weights([factor * np.sqrt(variance + layer.epsilon), shift + factor * (mean - usual), mean, variance])


def _layers(network: Any) -> Iterator[Any]:
    """All layers, with those of networks inside."""
    for layer in network.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
