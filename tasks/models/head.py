"""What all networks begin and end with."""

from typing import Any

from tasks.params import ModelParams
from tasks.schema import EMOTIONS, REJECTS

NAME = "probabilities"  # of the layer that names emotions
REJECTED = "rejects"  # of the one beside it
ANSWERS = "answers"  # of both together


def standardised(inputs: Any) -> Any:
    """Each face of (n, size, size, 3) to mean 0 and standard deviation 1, without parameters.

    FER-2013's light differs more than its faces do.
    """
    from keras import layers

    return layers.LayerNormalization(axis=[1, 2, 3], center=False, scale=False, dtype="float32")(inputs)


def outputs(x: Any, params: ModelParams) -> Any:
    """Features (n, f) to (n, 7): probabilities, or with ``params.head`` sigmoid one score per emotion.

    With ``params.rejects`` (n, 10): behind them one score 0..1 for each of ``schema.REJECTS``.

    float32 whatever the precision before it: probabilities must sum to one.
    """
    from keras import layers

    emotions = layers.Dense(len(EMOTIONS), activation=params.head, dtype="float32", name=NAME)(x)
    if not params.rejects:
        return emotions
    rejects = layers.Dense(len(REJECTS), activation="sigmoid", dtype="float32", name=REJECTED)(x)
    return layers.Concatenate(dtype="float32", name=ANSWERS)([emotions, rejects])
