"""A residual network for small faces; width and depth in params.

Source: He et al., Identity Mappings in Deep Residual Networks, ECCV 2016: batch norm and ReLU before each convolution.
"""

from typing import Any

from tasks.errors import ParamsError
from tasks.models import blocks, head
from tasks.params import ModelParams

MOMENTUM = 0.9


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7).

    1,557,159 trainable and 2,816 non-trainable parameters with the defaults. A convolution to ``params.stem`` channels,
    pooled by two; then one stage per width, of as many blocks as ``params.blocks`` says, each of two 3x3 convolutions,
    all but the first stage beginning with stride 2; the average over what is left.

    Args:
        size: of a face's side, pixels; at least 2 to the number of stages.

    Raises:
        ParamsError: ``params.blocks`` has numbers for more or fewer stages than there are widths.
    """
    from keras import Input, Model, layers

    def convolve(x: Any, channels: int, name: str, stride: int = 1) -> Any:
        return layers.Conv2D(
            channels, 3, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
        )(x)

    def activate(x: Any, name: str) -> Any:
        return layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(x))

    inputs = Input((size, size, 3), name="pixels")
    x = layers.MaxPooling2D()(activate(convolve(head.standardised(inputs), params.stem, "stem"), "stem"))
    for stage, (channels, depth) in enumerate(zip(params.widths, depths(params), strict=True)):
        for block in range(depth):
            name = f"stage{stage}_block{block}"
            stride = 2 if stage and not block else 1
            before = activate(x, f"{name}_first")
            same = x.shape[-1] == channels and stride == 1
            short = x if same else blocks.pointwise(before, channels, stride, name=f"{name}_short")
            inner = activate(convolve(before, channels, f"{name}_first", stride), f"{name}_second")
            x = layers.Add(name=name)([short, convolve(inner, channels, f"{name}_second")])
    x = layers.GlobalAveragePooling2D()(activate(x, "last"))
    x = layers.Dropout(params.dropout)(x)
    return Model(inputs, head.outputs(x, params), name="resnet")


def depths(params: ModelParams) -> tuple[int, ...]:
    """The number of blocks of each stage."""
    found = params.blocks * len(params.widths) if len(params.blocks) == 1 else params.blocks
    if len(found) != len(params.widths):
        raise ParamsError(
            f"model.blocks: {list(found)} has {len(found)} numbers, model.widths has {len(params.widths)}. "
            "Give one number, or one for each stage"
        )
    return found
