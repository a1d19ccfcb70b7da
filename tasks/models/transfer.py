"""A network of keras.applications, or FaceResNet, with a new head: first the head learns alone, then all of it.

Source: Keras' guide to transfer learning and fine-tuning; keras.applications names the papers of the backbones.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import norms
from tasks.classify import channels
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

    backbone = found.untrained(params.backbone, max(size, found.least(params.backbone)))
    pretrained.fill(backbone, params.backbone, params.weights)
    inputs = Input((size, size, 3), name="pixels")
    x = backbone(_prepared(inputs, params.backbone))
    x = layers.Dropout(params.dropout)(layers.GlobalAveragePooling2D()(x))
    return Model(inputs, head.outputs(x, params), name="transfer")


def begin(network: Any, params: ModelParams, faces: npt.NDArray[np.uint8]) -> None:
    """Let the backbone's batch norms know ``faces``, (n, size, size[, 3]), before it learns; it answers as before."""
    from keras import Input, Model

    inputs = Input(network.input_shape[1:])
    front = Model(inputs, _prepared(inputs, params.backbone))
    norms.keep(network.get_layer("backbone"), lambda batch: front(channels(batch)), faces)


def _prepared(pixels: Any, backbone: str) -> Any:
    """(n, size, size, 3) levels as ``backbone`` takes them."""
    from keras import layers

    size, side = pixels.shape[1], max(pixels.shape[1], found.least(backbone))
    same = side == size
    x = pixels if same else layers.Resizing(side, side, interpolation="bilinear", dtype="float32")(pixels)
    return preprocess(x, backbone)


def backbones() -> list[str]:
    """Names that ``params.backbone`` may have."""
    return found.names()
