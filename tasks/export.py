"""Write a trained network to a bundle's folder, for Keras and for LiteRT."""

from pathlib import Path
from typing import Any

from tasks import bundle, files


def write(network: Any, folder: Path) -> None:
    """Write model.keras and model.tflite of a float32 Keras network; needs the TensorFlow backend."""
    with files.replacing(folder / bundle.KERAS) as temporary:
        network.save(temporary.with_suffix(".keras"))
        temporary.with_suffix(".keras").replace(temporary)
    with files.replacing(folder / bundle.LITERT) as temporary:
        network.export(str(temporary.with_suffix(".tflite")), format="litert", verbose=False)
        temporary.with_suffix(".tflite").replace(temporary)


def digest(folder: Path) -> str:
    """What names the network in every result: the sha256 of model.tflite."""
    return files.sha256(folder / bundle.LITERT)
