"""How far a bundle's model.tflite is from its model.keras, how fast it is and how large."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks import bundle, engines, quiet
from tasks.classify import BATCH, Classifier, channels
from tasks.schema import EMOTIONS

ALONE = 200  # faces that are timed one by one
WARM = 10  # before that, untimed
MOST = 512  # faces that are timed in batches, again and again
LEAST = 0.5  # seconds that batches are timed for


@dataclass(frozen=True)
class Parity:
    """What `measure` found; all of model.tflite unless said otherwise. Emotions are named under the model's own prior.

    Attributes:
        keras_accuracy: of model.keras, 0..1.
        accuracy: 0..1.
        difference: the largest between two outputs.
        agreement: share of the faces for which both say the same emotion.
        latency_ms: for one face on one thread, median.
        faces_per_second: in batches on one thread.
        bytes: of the file.
        images: on which all this was measured.
    """

    keras_accuracy: float
    accuracy: float
    difference: float
    agreement: float
    latency_ms: float
    faces_per_second: float
    bytes: int
    images: int


def measure(
    folder: Path, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], expected: npt.NDArray[np.float32]
) -> Parity:
    """Compare model.tflite of ``folder`` with what model.keras gave, and time it.

    Args:
        images: (n, side, side[, 3]), at least one.
        labels: (n,) the truth.
        expected: (n, 7 + r) raw outputs of model.keras.
    """
    classifier = Classifier(folder)
    found = classifier.raw(images)
    said, meant = (one[:, : len(EMOTIONS)].argmax(axis=1) for one in (found, expected))
    return Parity(
        keras_accuracy=float((meant == labels).mean()),
        accuracy=float((said == labels).mean()),
        difference=float(np.abs(found - expected).max()),
        agreement=float((said == meant).mean()),
        latency_ms=latency(folder, classifier.card.digest, images[:ALONE]),
        faces_per_second=_rate(classifier, images[:MOST]),
        bytes=(folder / bundle.LITERT).stat().st_size,
        images=len(images),
    )


def latency(folder: Path, digest: str, images: npt.NDArray[np.uint8]) -> float:
    """Milliseconds for one face on one thread, the median of ``images``; what comes before the network is counted too.

    Raises:
        UsageError: model.tflite does not load, or is not the one of ``digest``.
    """
    with quiet.native_output():
        alone = engines.litert(folder, digest, batch=1)
    for at in range(min(WARM, len(images))):
        alone.run(channels(images[at : at + 1]))
    times = []
    for at in range(len(images)):
        started = time.perf_counter()
        alone.run(channels(images[at : at + 1]))
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1000


def _rate(classifier: Classifier, images: npt.NDArray[np.uint8]) -> float:
    """Faces per second in whole batches."""
    whole = images[: len(images) // BATCH * BATCH or len(images)]
    done, started = 0, time.perf_counter()
    while done == 0 or time.perf_counter() - started < LEAST:
        classifier.raw(whole)
        done += len(whole)
    return done / (time.perf_counter() - started)
