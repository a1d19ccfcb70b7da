"""What the gate knows, from a model's answers; the parts that load a network run on a worker."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks import bundle, evaluate, interpret, revision, trained_on
from tasks.classify import loaded
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.evaluation import posterior, prepared, shares
from tasks.evaluation.answers import Answers
from tasks.evaluation.prepared import Piece
from tasks.evaluation.slices import bands
from tasks.evaluation.truth import Truth
from tasks.gate.evidence import Evidence, Ground, Twin
from tasks.prepare.tally import digest
from tasks.prior import Prior
from tasks.schema import EMOTIONS

MOST: Final = 2048  # faces that both files of a bundle are asked about: 1 in 100 is then known to 0.4
SEED: Final = 1  # of their choice


def ground(data: Path, split: Split, answers: Answers, groups: tuple[str, ...], home: Path, truth: Truth) -> Ground:
    """The images of ``split`` that count, of the prepared folder ``data``; slices as `evaluate` cuts them."""
    known, counts = prepared.columns(data, split.name, groups), truth.counts
    labels = truth.labels[counts]
    cut = {"class": [EMOTIONS[label] for label in labels.tolist()]}
    cut |= {name: bands(name, values[counts]) for name, values in known.measures.items()}
    cut |= {name: np.array(values, dtype=np.str_)[counts].tolist() for name, values in known.groups.items()}
    found = digest(answers.hashes.view(">u8").astype(np.uint64), split.labels)
    return Ground(split.name, labels, split.digest, found, revision.of(data, home), cut)


def evidence(
    folder: Path,
    answers: Answers,
    split: Split,
    twin: Twin | str | None,
    latency_ms: float | str | None,
    truth: Truth,
    prior: Prior,
) -> Evidence:
    """What is known of the bundle ``folder`` from its answers about ``split``, on the images that count.

    Raises:
        ParamsError: ``prior`` can't be applied to this model.
    """
    card = bundle.read_card(folder)
    counted = answers.at(truth.counts)
    features = posterior.features(counted)
    chosen = shares.choose(counted.raw, card, prior, features)
    probabilities = interpret.emotions(counted.raw, card, chosen.shares, features)
    metrics = evaluate.measure(probabilities, truth.labels[truth.counts])
    metrics |= {"data_digest": split.digest, "model_digest": card.digest, "truth": truth.name}
    try:
        seen = trained_on.read(folder, card)
    except UsageError as error:
        return Evidence(metrics, probabilities.argmax(axis=1), twin, latency_ms, str(error))
    if seen is None:
        return Evidence(metrics, probabilities.argmax(axis=1), twin, latency_ms)
    held = int(np.isin(trained_on.prefixes(counted.hashes), seen.hashes).sum())
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
    """Raw answers (n, 7 + r) of model.tflite and of model.keras."""
    apart = scores[:, : len(EMOTIONS)].argmax(axis=1) != trains[:, : len(EMOTIONS)].argmax(axis=1)
    return Twin(float(apart.mean()), float(np.abs(scores - trains).max()), len(scores))
