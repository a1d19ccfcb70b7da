"""A small network of separable convolutions with residuals.

Source: Arriaga et al., Real-time CNNs for Emotion and Gender Classification, arXiv:1710.07557, 2017 (66 % there).

The paper ends with a convolution to one map per emotion and averages that; here a dense layer follows the average.
"""

from typing import Any

from tasks.models import blocks, head
from tasks.params import ModelParams

STEM = 8
WIDTHS = (16, 32, 64, 128)
LEAST = 6  # pixels: two are left of them after the two convolutions without padding


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    49,927 trainable and 1,472 non-trainable parameters, whatever the size.

    Args:
        params: ``dropout`` comes before the output layer.
        size: of a face's side, pixels; at least 6.

    Raises:
        ParamsError: a smaller size.
    """
    from keras import Input, Model, layers

    blocks.check_size("mini_xception", size, LEAST)
    inputs = Input((size, size, 3), name="pixels")
    x = head.standardised(inputs)
    for _ in range(2):
        x = layers.ReLU()(blocks.normalised(layers.Conv2D(STEM, 3, use_bias=False)(x)))
    for channels in WIDTHS:
        short = blocks.normalised(blocks.pointwise(x, channels, 2))
        x = layers.ReLU()(blocks.normalised(_separable(x, channels)))
        x = blocks.normalised(_separable(x, channels))
        x = layers.Add()([layers.MaxPooling2D(3, 2, padding="same")(x), short])
    x = layers.Dropout(params.dropout)(layers.GlobalAveragePooling2D()(x))
    return Model(inputs, head.outputs(x, params), name="mini_xception")


def _separable(x: Any, channels: int) -> Any:
    from keras import layers

    return layers.SeparableConv2D(channels, 3, padding="same", use_bias=False)(x)
