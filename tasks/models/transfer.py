"""A network of keras.applications with a new head: first the head learns alone, then all of it.

Source: Keras' guide to transfer learning and fine-tuning; keras.applications names the papers of the backbones.
"""

from typing import Any

from tasks.models import backbones as found
from tasks.models import head, pretrained
from tasks.models.preprocessing import preprocess
from tasks.params import ModelParams


def build(params: ModelParams, size: int) -> Any:
    """Return the network: (n, size, size, 3) levels 0..255 -> (n, 7); its layer "backbone" is a network of its own.

    4,016,515 trainable and 42,023 other parameters with EfficientNetB0. Faces that are smaller than what the backbone
    takes (75 pixels for Inception, 71 for Xception, 32 for all others) are enlarged to that. They aren't standardised:
    the backbone gets what it got when its weights were made.

    Args:
        params: ``backbone``: the class; ``weights``: see pretrained.fill; ``dropout`` comes before the output layer.
        size: of a face's side, pixels.

    Raises:
        ParamsError: an unknown backbone, or weights that don't fit it.
        UsageError: ImageNet's weights can't be fetched.
    """
    from keras import Input, Model, layers

    side = max(size, found.least(params.backbone))
    backbone = found.untrained(params.backbone, side)
    pretrained.fill(backbone, params.backbone, params.weights)
    inputs = Input((size, size, 3), name="pixels")
    x = inputs if side == size else layers.Resizing(side, side, interpolation="bilinear", dtype="float32")(inputs)
    x = backbone(preprocess(x, params.backbone))
    x = layers.Dropout(params.dropout)(layers.GlobalAveragePooling2D()(x))
    return Model(inputs, head.outputs(x, params), name="transfer")


def backbones() -> list[str]:
    """Names that ``params.backbone`` may have."""
    return found.names()
