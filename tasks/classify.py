"""Faces in, calibrated probabilities out: the one way in which evaluation and scoring run a model."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks import bundle, quiet
from tasks.calibrate import soften
from tasks.errors import UsageError

# LiteRT plans its memory for one batch size; the last batch is padded to it. Measured: no faster above 8.
BATCH = 32


def channels(faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Grey (n, side, side) or BGR (n, side, side, 3) faces as network input: (n, side, side, 3) RGB, levels 0..255."""
    rgb = faces[..., ::-1] if faces.ndim == 4 else np.repeat(faces[..., None], 3, axis=-1)
    return rgb.astype(np.float32)


class Classifier:
    """One loaded network on one thread; not for use by two threads at once."""

    def __init__(self, folder: Path) -> None:
        """Load the LiteRT model of a bundle.

        Raises:
            UsageError: no bundle there, or a model file that does not load.
        """
        self.card = bundle.read_card(folder)
        with quiet.native_output():
            from ai_edge_litert.interpreter import Interpreter

            try:
                self._interpreter = Interpreter(str(folder / bundle.LITERT), num_threads=1)
                entry = self._interpreter.get_input_details()[0]
                self._interpreter.resize_tensor_input(entry["index"], [BATCH, *entry["shape"][1:]])
                self._interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                raise UsageError(f"model: '{folder / bundle.LITERT}' does not load: {error}") from None
        self._input = entry["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def raw(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Uncalibrated probabilities (n, 7) of faces as `images.normalise` makes them with ``card.spec``.

        Args:
            faces: (n, side, side) grey or (n, side, side, 3) BGR.
        """
        result = np.empty((len(faces), len(self.card.labels)), np.float32)
        for start in range(0, len(faces), BATCH):
            batch = channels(faces[start : start + BATCH])
            padded = np.pad(batch, ((0, BATCH - len(batch)), (0, 0), (0, 0), (0, 0)))
            self._interpreter.set_tensor(self._input, padded)
            self._interpreter.invoke()
            result[start : start + len(batch)] = self._interpreter.get_tensor(self._output)[: len(batch)]
        return result

    def predict(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Calibrated probabilities (n, 7), rows summing to 1, of such faces as `raw` takes."""
        return soften(self.raw(faces), self.card.temperature)


@lru_cache(maxsize=2)
def loaded(folder: Path, digest: str) -> Classifier:
    """The classifier of ``folder``, loaded once per worker process; workers run one piece at a time.

    Args:
        digest: the model's, so that a worker that outlives a training doesn't go on with the old network.
    """
    return Classifier(folder)
