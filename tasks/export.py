"""Write a trained network to a bundle's folder, for Keras and for LiteRT.

LiteRT's converter is TensorFlow's. Under another backend it runs in a process of its own: `python -m tasks.export`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks import archive16, bundle, files, quantise
from tasks.errors import FermataError, UsageError

PRECISIONS: Final = ("float32", "float16", "int8")
KERAS_PRECISIONS: Final = ("float32", "float16")
FACES: Final = "faces.npy"
# Faces that tell int8 the ranges of its activations. A range is from the least to the greatest that was seen, so each
# face more makes steps coarser: of the reference model on PublicTest the mean Kullback-Leibler divergence from float32
# was 0.0053 with 2,000, 0.0040 with 500, and between 0.0026 and 0.0031 with 10 to 50.
CALIBRATION: Final = 32

Faces = npt.NDArray[np.uint8]


def write(
    network: Any,
    folder: Path,
    precision: str = "float32",
    faces: Faces | None = None,
    keras_precision: str = "float32",
) -> None:
    """Write model.keras and model.tflite of a float32 Keras network.

    Args:
        precision: of model.tflite. float16 keeps the weights in half the room and computes in float32; int8 has weights
            (per channel) and activations of 8 bits, with float32 at both ends.
        faces: (n, size, size[, 3]) grey or BGR, for the ranges of int8's activations; CALIBRATION of them are enough.
        keras_precision: in which model.keras stores its kernels (`archive16`); it loads as float32.

    Raises:
        UsageError: a precision that there is none of, or int8 without faces.
        FermataError: TensorFlow isn't there to make model.tflite.
    """
    import keras

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
        convert = _convert if keras.backend.backend() == "tensorflow" else _convert_elsewhere
        convert(network, precision, faces, temporary)


def digest(folder: Path) -> str:
    """What names the network in every result: the sha256 of model.tflite."""
    return files.sha256(folder / bundle.LITERT)


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"export: {name} is one of {', '.join(allowed)}. Received: {value!r}")


def _convert(network: Any, precision: str, faces: Faces | None, path: Path) -> None:
    """Write a .tflite file; needs the TensorFlow backend."""
    if precision == "int8" and faces is not None:
        path.write_bytes(quantise.int8(network, faces))
        return
    ways: dict[str, Any] = {}
    if precision == "float16":
        import tensorflow as tf

        ways = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": {"supported_types": [tf.float16]}}
    network.export(str(path.with_suffix(".tflite")), format="litert", verbose=False, **ways)
    path.with_suffix(".tflite").replace(path)


def _convert_elsewhere(network: Any, precision: str, faces: Faces | None, path: Path) -> None:
    """The same in a process whose backend is TensorFlow."""
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / bundle.KERAS)
        if faces is not None:
            np.save(Path(folder) / FACES, faces)
        done = subprocess.run(
            [sys.executable, "-m", "tasks.export", folder, precision, str(path.resolve())],
            env=os.environ | {"KERAS_BACKEND": "tensorflow", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise FermataError(f"export: {bundle.LITERT} is made by TensorFlow, which failed: {said}")


def main(folder: str, precision: str, path: str) -> None:
    """Convert ``folder``/model.keras, with ``folder``/faces.npy where there are some, to ``path``."""
    from keras.saving import load_model

    faces = Path(folder) / FACES
    found = np.load(faces) if faces.exists() else None
    _convert(load_model(Path(folder) / bundle.KERAS, compile=False, safe_mode=True), precision, found, Path(path))


if __name__ == "__main__":
    main(*sys.argv[1:])
