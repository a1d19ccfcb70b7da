"""What a network computes at one of its layers, per face."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import engines, quiet
from tasks.classify import channels
from tasks.errors import UsageError

BATCH = 256


@dataclass(frozen=True)
class Embedder:
    """A network cut off at a layer.

    Attributes:
        layer: whose output it gives, or `input of NAME`.
        length: of an embedding.
    """

    layer: str
    length: int
    _model: Any

    def embed(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embeddings (n, length) of faces (n, side, side[, 3]); a layer of more axes is laid flat."""
        result = np.empty((len(faces), self.length), np.float32)
        for start, found in self._parts(faces):
            result[start : start + len(found)] = found.reshape(len(found), -1)
        return result

    def _parts(self, faces: npt.NDArray[np.uint8]) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        for start in range(0, len(faces), BATCH):
            batch = channels(faces[start : start + BATCH])
            padded = np.pad(batch, ((0, BATCH - len(batch)), (0, 0), (0, 0), (0, 0)))
            yield start, np.asarray(self._model.predict_on_batch(padded), np.float32)[: len(batch)]


def load(folder: Path, layer: str = "") -> Embedder:
    """The network of the bundle in ``folder``, cut off after ``layer``; unless named before its last Dense layer.

    Raises:
        UsageError: model.keras does not load, or it has no such layer.
    """
    with quiet.native_output():
        network = engines.network(folder)
        import keras

        output, name = _cut(network, layer)
        model = keras.Model(network.inputs, output)
    return Embedder(name, math.prod(output.shape[1:]), model)


def _cut(network: Any, layer: str) -> tuple[Any, str]:
    """The tensor at ``layer``, and what to call it."""
    import keras

    if layer:
        # An input layer gives the pixels back.
        found = {one.name: one for one in network.layers if not isinstance(one, keras.layers.InputLayer)}
        if layer not in found:
            raise UsageError(f"--layer: the model has no layer {layer!r}. It has: {', '.join(found)}")
        return found[layer].output, layer
    dense = [one for one in network.layers if isinstance(one, keras.layers.Dense)]
    if not dense:
        raise UsageError("--layer: the model has no Dense layer. Name one of: " + ", ".join(_names(network)))
    return dense[-1].input, f"input of {dense[-1].name}"


def _names(network: Any) -> list[str]:
    return [one.name for one in network.layers]
