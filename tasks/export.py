"""Write a trained network to a bundle's folder, for Keras and for LiteRT."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks import archive16, bundle, files, quantise
from tasks.errors import UsageError

PRECISIONS: Final = ("float32", "float16", "int8")
KERAS_PRECISIONS: Final = ("float32", "float16")
CALIBRATION: Final = 500  # faces that tell int8 the ranges of its activations


def write(
    network: Any,
    folder: Path,
    precision: str = "float32",
    faces: npt.NDArray[np.uint8] | None = None,
    keras_precision: str = "float32",
) -> None:
    """Write model.keras and model.tflite of a float32 Keras network; needs the TensorFlow backend.

    Args:
        precision: of model.tflite. float16 keeps the weights in half the room and computes in float32; int8 has weights
            (per channel) and activations of 8 bits, with float32 at both ends.
        faces: (n, size, size[, 3]) grey or BGR, for the ranges of int8's activations; CALIBRATION of them are enough.
        keras_precision: in which model.keras stores its kernels (`archive16`); it loads as float32.

    Raises:
        UsageError: a precision that there is none of, or int8 without faces.
    """
    _check("precision", precision, PRECISIONS)
    _check("keras_precision", keras_precision, KERAS_PRECISIONS)
    if precision == "int8" and (faces is None or not len(faces)):
        raise UsageError("export: int8 needs faces to calibrate its activations. Give the training split's")
    with files.replacing(folder / bundle.KERAS) as temporary:
        network.save(temporary.with_suffix(".keras"))
        temporary.with_suffix(".keras").replace(temporary)
        if keras_precision == "float16":
            archive16.halve(temporary)
    with files.replacing(folder / bundle.LITERT) as temporary:
        if precision == "int8" and faces is not None:
            temporary.write_bytes(quantise.int8(network, faces))
        else:
            _float(network, precision, temporary)


def digest(folder: Path) -> str:
    """What names the network in every result: the sha256 of model.tflite."""
    return files.sha256(folder / bundle.LITERT)


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"export: {name} is one of {', '.join(allowed)}. Received: {value!r}")


def _float(network: Any, precision: str, path: Path) -> None:
    """Write a .tflite file that computes in float32."""
    ways: dict[str, Any] = {}
    if precision == "float16":
        import tensorflow as tf

        ways = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": {"supported_types": [tf.float16]}}
    network.export(str(path.with_suffix(".tflite")), format="litert", verbose=False, **ways)
    path.with_suffix(".tflite").replace(path)
