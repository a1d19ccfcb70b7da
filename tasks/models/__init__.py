"""Architectures: one file each, and one line here."""

from collections.abc import Callable
from typing import Any, Final

from tasks.models import cnn4, cnn5, mini_xception, resnet, student, transfer, vgg
from tasks.params import ModelParams

# name -> function that returns an untrained Keras model: (n, size, size, 3) levels 0..255 -> (n, 7) probabilities
ARCHITECTURES: Final[dict[str, Callable[[ModelParams, int], Any]]] = {
    "cnn4": cnn4.build,
    "cnn5": cnn5.build,
    "vgg": vgg.build,
    "resnet": resnet.build,
    "mini_xception": mini_xception.build,
    "student": student.build,
    "transfer": transfer.build,
}
