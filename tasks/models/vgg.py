"""A VGG network tuned for FER-2013: four blocks of two convolutions, then two dense layers of 4,096.

Source: Khaireddin & Chen, State of the Art Performance on FER2013, arXiv:2105.03588, 2021 (73.3 % there).
"""

from typing import Any

from tasks.models import blocks, head
from tasks.params import ModelParams

FILTERS = (64, 128, 256, 512)
DENSE = 4096


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    40,377,671 trainable and 3,840 non-trainable parameters for 48 pixels. Nine tenths of them are in the two dense
    layers, which are as wide as in the paper; the first grows with the square of ``size``.

    Args:
        params: ``dropout`` is that of the dense layers.
        size: of a face's side, pixels; at least 16.

    Raises:
        ParamsError: a smaller size.
    """
    from keras import Input, Model, layers

    blocks.check_size("vgg", size, 2 ** len(FILTERS))
    inputs = Input((size, size, 3), name="pixels")
    x = head.standardised(inputs)
    for filters in FILTERS:
        for _ in range(2):
            # Followed by batch norm, which has an offset of its own: the paper keeps the bias, it is inert.
            x = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(x)
            x = layers.ReLU()(blocks.normalised(x))
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(DENSE, activation="relu", kernel_initializer="he_normal")(x)
        x = layers.Dropout(params.dropout)(x)
    return Model(inputs, head.outputs(x, params), name="vgg")
