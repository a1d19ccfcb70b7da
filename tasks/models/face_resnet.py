"""A residual network that has learnt to tell faces apart, as a backbone; its weights are in dlib's file.

Source: King, dlib's face_recognition_resnet_model_v1, 2017: 29 convolutions, He et al.'s residual network of 2016 with
half of its filters. Its file is in the public domain. The last two of them, which look at a single cell, are left out:
there only who somebody is has remained.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

MEAN: Final = (122.782, 117.001, 104.298)  # of red, green and blue, which its input is less
SCALE: Final = 256.0  # by which it is then divided
STAGES: Final = ((32, 3), (64, 4), (128, 3), (256, 3))  # channels and blocks; all but the first begin with stride 2
MOMENTUM: Final = 0.9
EPSILON: Final = 0.001


def build(size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, cells, cells, 256).

    4,400,640 trainable and 6,080 non-trainable parameters. 112 pixels show a tight crop as large as what it has learnt
    from, and leave 3 cells.

    Each convolution has its bias, as in the file, and a batch norm where the file has a scale and a shift: see
    norms.keep for what they need before they learn.
    """
    from keras import Input, Model, layers

    inputs = Input((size, size, 3))
    x = layers.Normalization(mean=list(MEAN), variance=[SCALE**2] * 3, dtype="float32")(inputs)
    x = layers.MaxPooling2D(3, 2)(layers.ReLU()(_normalised(layers.Conv2D(STAGES[0][0], 7, 2)(x))))
    for stage, (channels, depth) in enumerate(STAGES):
        for block in range(depth):
            x = _block(x, channels, 2 if stage and not block else 1)
    return Model(inputs, x)


def fill(network: Any, arrays: list[npt.NDArray[np.float32]]) -> None:
    """Give ``network`` the first of ``arrays``: kernel, bias, scale and shift of each convolution, from dlib.read.

    Raises:
        ValueError: they are of another network.
    """
    from keras import layers

    filled = [layer for layer in network.layers if isinstance(layer, (layers.Conv2D, layers.BatchNormalization))]
    if len(arrays) < 2 * len(filled):
        raise ValueError(f"{len(arrays)} arrays, not {2 * len(filled)}")
    for layer, first, second in zip(filled, arrays[::2], arrays[1::2], strict=False):
        usual = [] if isinstance(layer, layers.Conv2D) else [np.zeros_like(first), np.full_like(first, 1 - EPSILON)]
        layer.set_weights([first, second, *usual])


def _block(x: Any, channels: int, stride: int) -> Any:
    from keras import layers

    inner = layers.Conv2D(channels, 3, stride, padding="same" if stride == 1 else "valid")(x)
    inner = layers.Conv2D(channels, 3, padding="same")(layers.ReLU()(_normalised(inner)))
    short = x if stride == 1 else layers.AveragePooling2D(2, stride)(x)
    return layers.ReLU()(layers.Add()(_filled(_normalised(inner), short)))


def _filled(inner: Any, short: Any) -> list[Any]:
    """Both in one shape: what one of them lacks, on the right, at the bottom and in channels, is zero."""
    from keras import ops

    shape = [max(pair) for pair in zip(inner.shape[1:], short.shape[1:], strict=True)]
    missing = [[(0, 0), *((0, w - h) for w, h in zip(shape, x.shape[1:], strict=True))] for x in (inner, short)]
    return [ops.pad(x, m) if any(after for _, after in m) else x for x, m in zip((inner, short), missing, strict=True)]


def _normalised(x: Any) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON)(x)
