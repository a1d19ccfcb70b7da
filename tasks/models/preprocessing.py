"""What each family of keras.applications wants its pixels to be, as layers.

Source: ``preprocess_input`` of the families' modules in Keras; the tests compare with it.
"""

from typing import Any, Final

MEAN: Final = (0.485, 0.456, 0.406)  # of ImageNet's red, green and blue, 0..1
DEVIATION: Final = (0.229, 0.224, 0.225)
CAFFE_MEAN: Final = (103.939, 116.779, 123.68)  # of blue, green and red, 0..255

# start of a class's name -> its way, the longest start first; what isn't here has its preprocessing inside
WAYS: Final = {
    "ResNet50V2": "tf",
    "ResNet101V2": "tf",
    "ResNet152V2": "tf",
    "MobileNetV3": "inside",
    "ResNet": "caffe",
    "VGG": "caffe",
    "DenseNet": "torch",
    "Inception": "tf",
    "MobileNet": "tf",
    "NASNet": "tf",
    "Xception": "tf",
}


def way(backbone: str) -> str:
    """Name of the preprocessing: caffe | tf | torch | inside (the network begins with it)."""
    return next((found for start, found in WAYS.items() if backbone.startswith(start)), "inside")


def preprocess(x: Any, backbone: str) -> Any:
    """Levels 0..255 of red, green and blue to what ``backbone`` was trained on.

    float32 whatever the precision after it: bfloat16 would round what is between two levels.
    """
    from keras import layers

    found = way(backbone)
    if found == "tf":
        return layers.Rescaling(1 / 127.5, offset=-1.0, dtype="float32")(x)
    if found == "torch":
        mean, variance = [255 * m for m in MEAN], [(255 * d) ** 2 for d in DEVIATION]
        return layers.Normalization(mean=mean, variance=variance, dtype="float32")(x)
    if found == "caffe":
        x = layers.Concatenate(dtype="float32")([x[..., 2:3], x[..., 1:2], x[..., 0:1]])
        return layers.Normalization(mean=list(CAFFE_MEAN), variance=[1.0] * 3, dtype="float32")(x)
    return x
