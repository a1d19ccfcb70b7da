"""An average of the weights: flatter and better than the last step's.

Source: Polyak and Juditsky, 1992, for a moving one, whose rising decay is that of TensorFlow's
ExponentialMovingAverage; Izmailov et al., Averaging Weights Leads to Wider Optima, UAI 2018, for an even one.
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

    def __init__(self, decay: float, weights: Arrays, since: int | None = None) -> None:
        """Go on from ``weights``, or begin with an empty list.

        Args:
            decay: per step, of a moving average; 0: none.
            since: the step after which all count evenly, in place of a moving average.
        """
        self._decay, self.weights, self._since = decay, weights, since

    def step(self, network: Any, steps: int) -> None:
        """Take the weights in after ``steps`` steps of the whole training, if it is their turn."""
        if steps % EVERY or not (self._decay or (self._since is not None and steps > self._since)):
            return
        synchronise(network)
        found = network.get_weights()
        if not self.weights:
            self.weights = found
            return
        keep = self._keep(steps)
        self.weights = [
            keep * average + (1 - keep) * new if np.issubdtype(new.dtype, np.floating) else new
            for average, new in zip(self.weights, found, strict=True)
        ]

    def _keep(self, steps: int) -> float:
        """The share of what was found before."""
        if self._since is None:
            return float(min(self._decay, (1 + steps) / (10 + steps)) ** EVERY)
        before = steps // EVERY - self._since // EVERY - 1
        return before / (before + 1)


def synchronise(network: Any) -> None:
    """Let a network in the middle of `fit` hold its weights: on JAX they are the training loop's between batches."""
    if hasattr(network, "jax_state_sync"):
        network.jax_state_sync()
