"""A moving average of the weights: flatter and better than the last step's.

Source: Polyak and Juditsky, 1992; the rising decay is that of TensorFlow's ExponentialMovingAverage.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

EVERY = 8  # steps between two updates: copying weights out of a device takes time
Arrays = list[npt.NDArray[Any]]


class Average:
    """Average of all weights that are no counters, with those of batch norm.

    Attributes:
        weights: as `network.get_weights()` has them; empty before the first update.
    """

    def __init__(self, decay: float, weights: Arrays) -> None:
        """Go on from ``weights``, or begin with an empty list; a ``decay`` (per step) of 0 averages nothing."""
        self._decay, self.weights = decay, weights

    def step(self, network: Any, steps: int) -> None:
        """Take the weights in after ``steps`` steps of the whole training, if it is their turn."""
        if not self._decay or steps % EVERY:
            return
        synchronise(network)
        found = network.get_weights()
        if not self.weights:
            self.weights = found
            return
        keep = min(self._decay, (1 + steps) / (10 + steps)) ** EVERY
        self.weights = [
            keep * average + (1 - keep) * new if np.issubdtype(new.dtype, np.floating) else new
            for average, new in zip(self.weights, found, strict=True)
        ]


def synchronise(network: Any) -> None:
    """Let a network in the middle of `fit` hold its weights: on JAX they are the training loop's between batches."""
    if hasattr(network, "jax_state_sync"):
        network.jax_state_sync()
