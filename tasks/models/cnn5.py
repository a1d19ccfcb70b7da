"""The five-layer network of the FER-2013 reports: four double convolutions, then dense layers.

Source: the five-layer CNN report on FER-2013 (62.1 % there, 64.4 % with test-time augmentation).
"""

from typing import Any

from tasks.models import blocks, head
from tasks.params import ModelParams

FILTERS = (32, 64, 128, 256)
DENSE = 64


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    1,326,567 trainable and 2,176 non-trainable parameters for 48 pixels.

    Args:
        params: ``dropout`` follows each double convolution.
        size: of a face's side, pixels; at least 16.

    Raises:
        ParamsError: a smaller size.
    """
    from keras import Input, Model, layers

    blocks.check_size("cnn5", size, 2 ** len(FILTERS))
    inputs = Input((size, size, 3), name="pixels")
    x = head.standardised(inputs)
    for filters in FILTERS:
        x = blocks.double_convolution(x, filters, params.dropout)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = blocks.normalised(layers.Dense(DENSE, activation="relu")(x))
    return Model(inputs, head.outputs(x, params), name="cnn5")
