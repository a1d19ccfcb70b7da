"""What runs a bundle's network: LiteRT on one thread, or Keras where there is a GPU.

Both take network input (batch, side, side, 3), RGB levels 0..255 as float32, of exactly their ``batch`` faces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import bundle, files
from tasks.errors import UsageError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Engine:
    """A loaded network: ``run`` gives (batch, k) outputs of (batch, side, side, 3) inputs."""

    batch: int
    run: Callable[[Floats], Floats]


def litert(folder: Path, digest: str, batch: int) -> Engine:
    """model.tflite on one thread: workers are one per core, so more threads would wait for each other.

    Args:
        digest: the sha256 that the file has. LiteRT reads some damaged files and answers nonsense.
        batch: LiteRT plans its memory for one number of faces.

    Raises:
        UsageError: no such file, another one, or one that does not load.
    """
    path = folder / bundle.LITERT
    if not path.is_file():
        raise UsageError(f"model: '{path}' does not load: there is no such file. Copy the whole bundle")
    if files.sha256(path) != digest:
        raise UsageError(
            f"model: '{path}' does not load: it is damaged, or not the one that {bundle.CARD} names. "
            "Copy the bundle again"
        )
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(str(path), num_threads=1)
        entry = interpreter.get_input_details()[0]
        interpreter.resize_tensor_input(entry["index"], [batch, *entry["shape"][1:]])
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise UsageError(f"model: '{path}' does not load: {error}") from None
    output = interpreter.get_output_details()[0]["index"]

    def run(inputs: Floats) -> Floats:
        interpreter.set_tensor(entry["index"], inputs)
        interpreter.invoke()
        found: Floats = interpreter.get_tensor(output)
        return found

    return Engine(batch, run)


def keras(folder: Path, batch: int) -> Engine:
    """model.keras on what Keras' backend finds: a GPU where it sees one.

    Raises:
        UsageError: no such file, or one that does not load.
    """
    model = network(folder)
    return Engine(batch, lambda inputs: np.asarray(model.predict_on_batch(inputs), np.float32))


def network(folder: Path) -> Any:
    """The Keras network of a bundle, not compiled. In Keras' safe mode: no code that it brings along is run.

    Raises:
        UsageError: no model.keras there, or one that does not load.
    """
    path = folder / bundle.KERAS
    if not path.is_file():
        raise UsageError(f"model: '{path}' does not load: there is no such file. Copy the whole bundle")
    from keras.saving import load_model

    try:
        return load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # noqa: BLE001  # a damaged archive fails in zipfile, json, h5py or a layer
        said = " ".join(str(error).split())[:200]
        raise UsageError(f"model: '{path}' does not load as a Keras network: {said}. Copy the bundle again") from None
