"""Blocks that several networks are made of, and how they end for faces that are too small."""

from typing import Any

from tasks.errors import ParamsError

# Keras' 0.99 needs thousands of steps before inference sees the data's statistics; small data sets have hundreds.
MOMENTUM = 0.9


def normalised(x: Any) -> Any:
    """Batch normalisation, as all networks here use it."""
    from keras import layers

    return layers.BatchNormalization(momentum=MOMENTUM)(x)


def double_convolution(x: Any, filters: int, dropout: float) -> Any:
    """Two 3x3 convolutions with ReLU and batch normalisation, pooled by two: (n, h, w, c) -> (n, h/2, w/2, filters)."""
    from keras import layers

    for _ in range(2):
        x = normalised(layers.Conv2D(filters, 3, padding="same", activation="relu")(x))
    return layers.Dropout(dropout)(layers.MaxPooling2D()(x))


def pointwise(x: Any, filters: int, stride: int = 1, name: str | None = None) -> Any:
    """A 1x1 convolution without bias: (n, h, w, c) -> (n, h/stride, w/stride, filters).

    Its stride is taken before it, which gives the same numbers: with fewer than 16 channels the gradient of a strided
    1x1 convolution writes outside its memory on CPUs with AVX-512 (oneDNN in TensorFlow 2.21), and the process dies.
    """
    from keras import layers

    if stride > 1:
        x = layers.AveragePooling2D(1, stride)(x)
    return layers.Conv2D(filters, 1, use_bias=False, kernel_initializer="he_normal", name=name)(x)


def check_size(architecture: str, size: int, least: int) -> None:
    """Make sure that something is left of a face after all pooling.

    Raises:
        ParamsError: ``size`` (pixels of a face's side) is under ``least``.
    """
    if size < least:
        raise ParamsError(
            f"model.architecture: {architecture} takes faces of at least {least} pixels, received {size}. "
            "Prepare larger ones (prepare.normalise.size) or take another architecture: see `fermata models`"
        )
