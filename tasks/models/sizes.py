"""How large an architecture is."""

from collections.abc import Callable
from math import prod
from typing import Any

from tasks.params import ModelParams


def sizes(build: Callable[[ModelParams], Any], params: ModelParams | None = None) -> tuple[int, int]:
    """(trainable, other) parameters of the network that ``build`` makes."""
    network = build(params or ModelParams())
    return _count(network.trainable_weights), _count(network.non_trainable_weights)


def _count(weights: list[Any]) -> int:
    # Dropout keeps its random state among the weights; it is no parameter of the model.
    return sum(prod(weight.shape) for weight in weights if "seed_generator" not in weight.path)
