"""Faces in, calibrated probabilities out: the one way in which evaluation and scoring run a model."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks import bundle, engines, interpret, prior, quality, quiet
from tasks.errors import UsageError

BATCH = 32  # faces that LiteRT takes at once; the last batch is padded to it
KERAS_BATCH = 256  # a GPU wants more at once
ENGINES: Final = ("litert", "keras")


def channels(faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Grey (n, side, side) or BGR (n, side, side, 3) faces as network input: (n, side, side, 3) RGB, levels 0..255."""
    rgb = faces[..., ::-1] if faces.ndim == 4 else np.repeat(faces[..., None], 3, axis=-1)
    return rgb.astype(np.float32)


class Classifier:
    """One loaded network on one thread; not for use by two threads at once."""

    def __init__(self, folder: Path, engine: str = "litert") -> None:
        """Load the model of a bundle.

        Args:
            engine: litert, on one thread of the processor; or keras, which uses a GPU where it sees one.

        Raises:
            UsageError: no bundle there, a model file that does not load, or an engine that there is none of.
        """
        self.card = bundle.read_card(folder)
        if engine not in ENGINES:
            raise UsageError(f"engine: one of {', '.join(ENGINES)}. Received: {engine!r}")
        with quiet.native_output():
            self._engine = (
                engines.litert(folder, self.card.digest, BATCH)
                if engine == "litert"
                else engines.keras(folder, KERAS_BATCH)
            )

    def raw(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Uncalibrated outputs (n, 7 + r) of faces as `images.normalise` makes them with ``card.spec``.

        Probabilities, or with ``card.head`` sigmoid one score 0..1 per emotion; then r scores, one for each of
        ``card.rejects``.

        Args:
            faces: (n, side, side) grey or (n, side, side, 3) BGR.
        """
        result = np.empty((len(faces), len(self.card.labels) + len(self.card.rejects)), np.float32)
        size = self._engine.batch
        for start in range(0, len(faces), size):
            batch = channels(faces[start : start + size])
            padded = np.pad(batch, ((0, size - len(batch)), (0, 0), (0, 0), (0, 0)))
            result[start : start + len(batch)] = self._engine.run(padded)[: len(batch)]
        return result

    def predict(
        self,
        faces: npt.NDArray[np.uint8],
        shares: prior.Shares | None = None,
        features: quality.Features | None = None,
    ) -> npt.NDArray[np.float32]:
        """Calibrated probabilities, rows summing to 1, of such faces as `raw` takes; behind them ``card.rejects``.

        Args:
            shares: (7,) the prior; None: the model's own.
            features: of the faces' quality; None: those of good pictures.

        Returns:
            (n, 7 + r).
        """
        found = self.raw(faces)
        probabilities = interpret.emotions(found, self.card, shares, features)
        return np.concatenate([probabilities, found[:, probabilities.shape[1] :]], axis=1)


@lru_cache(maxsize=2)
def loaded(folder: Path, digest: str, engine: str = "litert") -> Classifier:
    """The classifier of ``folder``, loaded once per worker process; workers run one piece at a time.

    Args:
        digest: the model's, so that a worker that outlives a training doesn't go on with the old network.
        engine: as Classifier's.
    """
    return Classifier(folder, engine)
