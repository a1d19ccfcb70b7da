"""The four-layer network of the FER-2013 reports: three inner blocks and an output layer.

Source: the four-layer CNN report on FER-2013 (62.1 % there, after 71 epochs).

The report names what is in a block (3x3 filters, batch norm, max-pool, dropout), not how many filters: here they are
the first three blocks of cnn5.
"""

from typing import Any

from tasks.models import blocks, head
from tasks.params import ModelParams

FILTERS = (32, 64, 128)


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    320,167 trainable and 896 non-trainable parameters for 48 pixels.

    Args:
        params: ``dropout`` follows each block.
        size: of a face's side, pixels; at least 8.

    Raises:
        ParamsError: a smaller size.
    """
    from keras import Input, Model, layers

    blocks.check_size("cnn4", size, 2 ** len(FILTERS))
    inputs = Input((size, size, 3), name="pixels")
    x = head.standardised(inputs)
    for filters in FILTERS:
        x = blocks.double_convolution(x, filters, params.dropout)
    return Model(inputs, head.outputs(layers.Flatten()(x), params), name="cnn4")
