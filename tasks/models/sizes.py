"""How large an architecture is."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from tasks.models import macs
from tasks.params import ModelParams
from tasks.schema import IMAGE_SIZE

# Bytes of an int8 LiteRT file besides a byte per weight. For each channel of a kernel: a bias of 4, and for the kernel
# as for the bias a scale of 4 and a zero point of 8. For all: 9.4 to 14 kB in the files of five architectures.
PER_CHANNEL: Final = 28
PER_FILE: Final = 10_000


@dataclass(frozen=True)
class Sizes:
    """Numbers of parameters and of multiply-accumulates for one face; bytes."""

    trainable: int
    other: int  # such as the means and variances of batch normalisation
    macs: int
    int8: int  # estimate of an int8 LiteRT file, batch normalisation folded into the convolutions

    @property
    def float32(self) -> int:
        """Bytes of all parameters."""
        return 4 * (self.trainable + self.other)


def sizes(build: Callable[[ModelParams, int], Any], params: ModelParams | None = None, size: int = IMAGE_SIZE) -> Sizes:
    """Sizes of the network that ``build`` makes for faces of ``size`` pixels; trained weights aren't fetched for it."""
    network = build((params or ModelParams()).model_copy(update={"weights": "none"}), size)
    kernels = macs.kernels(network)
    return Sizes(
        trainable=_count(network.trainable_weights),
        other=_count(network.non_trainable_weights),
        macs=macs.macs(network),
        int8=PER_FILE + sum(kernel.weights + PER_CHANNEL * kernel.channels for kernel in kernels),
    )


def _count(weights: list[Any]) -> int:
    # Dropout keeps its random state among the weights; it is no parameter of the model.
    return sum(prod(weight.shape) for weight in weights if "seed_generator" not in weight.path)
