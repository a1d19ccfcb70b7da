"""What the gate knows, from a model's answers; the parts that load a network run on a worker."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks import bundle, evaluate, revision, trained_on
from tasks.calibrate import soften
from tasks.classify import loaded
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.evaluation import prepared
from tasks.evaluation.answers import Answers
from tasks.evaluation.prepared import Piece
from tasks.evaluation.slices import bands
from tasks.gate.evidence import Evidence, Ground, Twin
from tasks.prepare.tally import digest
from tasks.schema import EMOTIONS

MOST: Final = 2048  # faces that both files of a bundle are asked about: 1 in 100 is then known to 0.4
SEED: Final = 1  # of their choice


def ground(data: Path, split: Split, answers: Answers, groups: tuple[str, ...], home: Path) -> Ground:
    """The images that are judged on, of the prepared folder ``data``; slices as `evaluate` cuts them."""
    known = prepared.columns(data, split.name, groups)
    cut = {"class": [EMOTIONS[label] for label in split.labels.tolist()]}
    cut |= {name: bands(name, values) for name, values in known.measures.items()} | known.groups
    found = digest(answers.hashes.view(">u8").astype(np.uint64), split.labels)
    return Ground(split.name, split.labels, split.digest, found, revision.of(data, home), cut)


def evidence(
    folder: Path, answers: Answers, split: Split, twin: Twin | str | None, latency_ms: float | str | None
) -> Evidence:
    """What is known of the bundle ``folder`` from its answers about ``split``."""
    card = bundle.read_card(folder)
    probabilities = soften(answers.raw, card.temperature)
    metrics = evaluate.measure(probabilities, split.labels) | {"data_digest": split.digest, "model_digest": card.digest}
    try:
        seen = trained_on.read(folder, card)
    except UsageError as error:
        return Evidence(metrics, probabilities.argmax(axis=1), twin, latency_ms, str(error))
    if seen is None:
        return Evidence(metrics, probabilities.argmax(axis=1), twin, latency_ms)
    held = int(np.isin(trained_on.prefixes(answers.hashes), seen.hashes).sum())
    return Evidence(metrics, probabilities.argmax(axis=1), twin, latency_ms, held, seen.unknown)


def drawn(images: int) -> npt.NDArray[np.int64]:
    """Positions of those that both files are asked about, in order."""
    return np.sort(np.random.default_rng(SEED).permutation(images)[:MOST])


def trained(piece: Piece, folder: Path, digest: str) -> npt.NDArray[np.float32]:
    """What model.keras, that was trained, answers about a piece.

    Raises:
        UsageError: it does not load.
    """
    return loaded(folder, digest, "keras").raw(piece.images)


def compared(scores: npt.NDArray[np.float32], trains: npt.NDArray[np.float32]) -> Twin:
    """Raw answers (n, 7) of model.tflite and of model.keras."""
    apart = scores.argmax(axis=1) != trains.argmax(axis=1)
    return Twin(float(apart.mean()), float(np.abs(scores - trains).max()), len(scores))
