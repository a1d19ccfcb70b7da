"""How large an architecture is."""

from collections.abc import Callable
from math import prod
from typing import Any

from tasks.params import ModelParams
from tasks.schema import IMAGE_SIZE


def sizes(
    build: Callable[[ModelParams, int], Any], params: ModelParams | None = None, size: int = IMAGE_SIZE
) -> tuple[int, int]:
    """(trainable, other) parameters of the network that ``build`` makes for faces of ``size`` pixels."""
    network = build(params or ModelParams(), size)
    return _count(network.trainable_weights), _count(network.non_trainable_weights)


def _count(weights: list[Any]) -> int:
    # Dropout keeps its random state among the weights; it is no parameter of the model.
    return sum(prod(weight.shape) for weight in weights if "seed_generator" not in weight.path)
