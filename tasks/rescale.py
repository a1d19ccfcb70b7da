"""The same network with the scales of some batch norms in the kernels behind them, which int8 follows more closely.

Behind a sum, as in residual networks that normalise first, no convolution can take a batch norm in: in 8 bits it is a
multiplication by factors that share one scale, and a sum. As ReLU(m (x + s)) = m ReLU(x + s) for m > 0, the factors
move into the kernels of the convolutions behind, which have a scale for each channel of what they give.

Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, ICCV 2019: what a ReLU
lets through may be scaled before it or behind it.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

LEAST: Final = 1e-3  # a smaller factor would make the sum before it so large that 8 bits don't hold it
SAME: Final = ("AveragePooling2D", "MaxPooling2D", "GlobalAveragePooling2D", "Dropout")  # m f(x) = f(m x) for m > 0
KERNELS: Final = ("Conv2D", "Dense")
OUTSIDE: Final = ""  # stands for whoever takes the network's outputs


def moved(network: Any) -> Any:
    """Return a network with the same answers up to rounding; ``network`` stays as it is.

    Batch norms that a convolution stands before stay too, as LiteRT takes those into it, and those with a factor below
    ``LEAST``, or of which anything but kernels sees what the ReLU gives; so do those without factors or offsets of
    their own, those before a ReLU that is cut off, as ReLU6 is, or a convolution in groups, and all that is called
    more than once.
    """
    import keras

    same = keras.models.clone_model(network)
    same.set_weights(network.get_weights())
    layers = {layer.name: layer for layer in same.layers}
    config = same.get_config()
    calls = {layer["name"]: layer["inbound_nodes"] for layer in config["layers"]}
    before = {name: list(_names(nodes)) for name, nodes in calls.items()}
    after: dict[str, list[str]] = {name: [] for name in before}
    for name, sources in [*before.items(), (OUTSIDE, _outputs(config["output_layers"]))]:
        for source in sources:
            after[source].append(name)
    plain = {name: _plain(layer) and len(calls[name]) < 2 for name, layer in layers.items()}
    kinds = {OUTSIDE: ""} | {name: type(layer).__name__ if plain[name] else "" for name, layer in layers.items()}
    for name, layer in layers.items():
        if kinds[name] == "BatchNormalization" and not any(_takes_norms(layers[one]) for one in before[name]):
            active = after[name]
            if [kinds[one] for one in active] == ["ReLU"] and (found := _kernels(active[0], after, kinds)):
                _move(layer, [layers[one] for one in found])
    return same


def _takes_norms(layer: Any) -> bool:
    """Whether LiteRT takes a batch norm behind ``layer`` into its kernel: any convolution's, or a dense layer's."""
    return type(layer).__name__.endswith(("Conv2D", "Dense"))


def _plain(layer: Any) -> bool:
    """Whether it is no variant for which factors can't move: a norm without them, a cut ReLU, groups of channels."""
    bare = getattr(layer, "scale", True) is False or getattr(layer, "center", True) is False
    cut = getattr(layer, "max_value", None) is not None or getattr(layer, "threshold", 0) != 0
    return not bare and not cut and getattr(layer, "groups", 1) == 1


def _kernels(name: str, after: dict[str, list[str]], kinds: dict[str, str]) -> list[str]:
    """Names of the layers with kernels that take what layer ``name`` gives; none where others take it, too."""
    found: list[str] = []
    for one in after[name]:
        more = [one] if kinds[one] in KERNELS else _kernels(one, after, kinds) if kinds[one] in SAME else []
        if not more:
            return []
        found += more
    return found


def _move(norm: Any, behind: list[Any]) -> None:
    gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in norm.get_weights())
    factor = gamma / np.sqrt(variance + norm.epsilon)
    if factor.min() < LEAST:
        return
    ones = np.ones_like(factor)
    norm.set_weights([ones, beta / factor - mean, 0 * ones, ones - norm.epsilon])  # so that it multiplies by one
    for layer in behind:
        kernel, *bias = layer.get_weights()
        layer.set_weights([kernel * factor[:, None].astype(kernel.dtype), *bias])


def _names(nodes: Any) -> Iterator[str]:
    """Names of the layers whose outputs stand in the configuration ``nodes`` of a layer's inputs."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes:
            yield nodes["keras_history"][0]
        else:
            for part in nodes.values():
                yield from _names(part)
    elif isinstance(nodes, list | tuple):
        for part in nodes:
            yield from _names(part)


def _outputs(found: Any) -> list[str]:
    """Names of the layers that give the network's outputs: ``[name, call, tensor]``, or a list or dict of such."""
    if isinstance(found, dict):
        return [name for part in found.values() for name in _outputs(part)]
    if found and isinstance(found[0], str):
        return [found[0]]
    return [name for part in found for name in _outputs(part)]
