"""What all networks begin and end with."""

from typing import Any

from tasks.params import ModelParams
from tasks.schema import EMOTIONS

NAME = "probabilities"  # of the last layer


def standardised(inputs: Any) -> Any:
    """Each face of (n, size, size, 3) to mean 0 and standard deviation 1, without parameters.

    FER-2013's light differs more than its faces do.
    """
    from keras import layers

    return layers.LayerNormalization(axis=[1, 2, 3], center=False, scale=False, dtype="float32")(inputs)


def outputs(x: Any, params: ModelParams) -> Any:
    """Features (n, f) to (n, 7): probabilities, or with ``params.head`` sigmoid one score per emotion.

    float32 whatever the precision before it: probabilities must sum to one.
    """
    from keras import layers

    return layers.Dense(len(EMOTIONS), activation=params.head, dtype="float32", name=NAME)(x)
