"""A residual network for small faces; width and depth in params.

Source: He et al., Identity Mappings in Deep Residual Networks, ECCV 2016: batch norm and ReLU before each convolution.
"""

from typing import Any

from tasks.models import blocks, head
from tasks.params import ModelParams

MOMENTUM = 0.9


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    1,557,159 trainable and 2,816 non-trainable parameters with the defaults. A convolution to ``params.stem`` channels,
    pooled by two; then one stage per width, each of ``params.blocks`` blocks of two 3x3 convolutions, all but the first
    stage beginning with stride 2; the average over what is left.

    Args:
        size: of a face's side, pixels; at least 2 to the number of stages.
    """
    from keras import Input, Model, layers

    def convolve(x: Any, channels: int, stride: int = 1) -> Any:
        return layers.Conv2D(
            channels, 3, stride, padding="same", use_bias=False, kernel_initializer="he_normal"
        )(x)  # fmt: skip

    def activate(x: Any) -> Any:
        return layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))

    inputs = Input((size, size, 3), name="pixels")
    x = layers.MaxPooling2D()(activate(convolve(head.standardised(inputs), params.stem)))
    for stage, channels in enumerate(params.widths):
        for block in range(params.blocks):
            stride = 2 if stage and not block else 1
            before = activate(x)
            short = x if x.shape[-1] == channels and stride == 1 else blocks.pointwise(before, channels, stride)
            inner = convolve(activate(convolve(before, channels, stride)), channels)
            x = layers.Add()([short, inner])
    x = layers.GlobalAveragePooling2D()(activate(x))
    x = layers.Dropout(params.dropout)(x)
    return Model(inputs, head.outputs(x, params), name="resnet")
