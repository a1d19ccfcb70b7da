"""The kernels of a network, read from its layers, and how much arithmetic they take."""

from dataclasses import dataclass
from math import prod
from typing import Any


@dataclass(frozen=True)
class Kernel:
    """Weights that are multiplied with the values before them."""

    weights: int
    channels: int  # of what it gives
    places: int  # at which it is applied: height times width of what it gives


def macs(network: Any) -> int:
    """Multiply-accumulates for one face: those of all convolutions and dense layers, nested networks included.

    What is left out (normalisation, activations, pooling, sums) goes over each value once.

    Args:
        network: built for one size of face: all shapes are known.

    Raises:
        TypeError: as of ``kernels``.
    """
    return sum(kernel.weights * kernel.places for kernel in kernels(network))


def kernels(network: Any) -> list[Kernel]:
    """All kernels of a network, in the order of its layers.

    Raises:
        TypeError: a layer with a kernel that isn't known here, so that none is passed over silently.
    """
    from keras import Model

    found: list[Kernel] = []
    for layer in network.layers:
        found += kernels(layer) if isinstance(layer, Model) else _of(layer)
    return found


def _of(layer: Any) -> list[Kernel]:
    from keras import layers

    if isinstance(layer, layers.SeparableConv2D):
        places = prod(layer.output.shape[1:3])
        apart, mixed = layer.depthwise_kernel.shape, layer.pointwise_kernel.shape
        return [Kernel(prod(apart), apart[-2] * apart[-1], places), Kernel(prod(mixed), mixed[-1], places)]
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return [Kernel(prod(layer.kernel.shape), layer.output.shape[-1], prod(layer.output.shape[1:-1]))]
    if hasattr(layer, "kernel"):
        raise TypeError(f"macs: no count for {type(layer).__name__} '{layer.name}'. Add it to tasks/models/macs.py")
    return []
