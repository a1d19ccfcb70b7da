"""A small network for devices: depthwise separable convolutions with residuals.

Source: block of Howard et al., MobileNets, arXiv:1704.04861; residuals of Sandler et al., MobileNetV2, CVPR 2018.

Made for int8: after the standardisation only convolutions, ReLU6, sums and an average.
"""

from typing import Any

from tasks.models import blocks, head
from tasks.params import ModelParams

STEM = 32
DEPTH = 3  # blocks per stage


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    134,967 trainable and 3,776 non-trainable parameters with widths 48, 96, 192, whatever the size.

    Args:
        params: ``widths`` are the channels of the stages, of which each but the first halves the side; the convolution
            before them halves it too. ``dropout`` comes before the output layer.
        size: of a face's side, pixels.
    """
    from keras import Input, Model, layers

    inputs = Input((size, size, 3), name="pixels")
    x = _active(_convolve(head.standardised(inputs), STEM, 3, 2))
    for stage, channels in enumerate(params.widths):
        for block in range(DEPTH):
            x = _separable(x, channels, stride=2 if stage and not block else 1)
    x = layers.Dropout(params.dropout)(layers.GlobalAveragePooling2D()(x))
    return Model(inputs, head.outputs(x, params), name="student")


def _separable(x: Any, channels: int, stride: int) -> Any:
    """A 3x3 convolution within each channel, then one of 1x1 over them; ``x`` is added where its shape is the same."""
    from keras import layers

    inner = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False, depthwise_initializer="he_normal")(x)
    inner = _active(_convolve(_active(inner), channels, 1, 1))
    return layers.Add()([x, inner]) if inner.shape == x.shape else inner


def _convolve(x: Any, channels: int, kernel: int, stride: int) -> Any:
    from keras import layers

    return layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)  # fmt: skip


def _active(x: Any) -> Any:
    from keras import layers

    return layers.ReLU(6.0)(blocks.normalised(x))
