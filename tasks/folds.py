"""Cross-validation: a network per fold, trained on the other folds and judged on its own.

The folds are those of `prepare.split.folds`, so that no group of images stands on both sides. The best epoch is chosen
on the fold that it is judged on, as in every training: the figures are for comparing recipes, and slightly high.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tasks import evaluate, files, interpret, manifest, train
from tasks.classify import Classifier
from tasks.errors import ParamsError
from tasks.evaluation import shares, truth
from tasks.params import Params
from tasks.training import data as faces

Fit = Callable[..., Any]  # as tasks.train.train


@dataclass(frozen=True)
class Fold:
    """What the network of one fold reached on it; accuracy and macro F1 are 0..1."""

    fold: int
    images: int
    accuracy: float
    macro_f1: float


def count(data: Path) -> int:
    """How many folds the prepared folder ``data`` has.

    Raises:
        SourceError: no prepared folder.
        ParamsError: it has less than two.
    """
    found = len(manifest.read(data)["folds"])
    if found < 2:
        raise ParamsError(
            f"folds: '{data}' was prepared with prepare.split.folds: {found}, cross-validation takes 2 or more. "
            "Prepare it again: --set prepare.split.folds=5"
        )
    return found


def key(params: Params, data: Path) -> str:
    """What names a cross-validation: model, training, data and its folds."""
    named = [train.key(configured(params, -1), data), manifest.read(data)["folds"]]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]


def configured(params: Params, fold: int) -> Params:
    """``params`` with ``fold`` held out."""
    return params.model_copy(update={"train": params.train.model_copy(update={"fold": fold})})


def finished(folder: Path, fold: int) -> Fold | None:
    """The result of ``fold`` in the cross-validation's ``folder``; None where there is none yet."""
    path = folder / f"fold-{fold}.json"
    return Fold(**files.read_json(path)) if path.is_file() else None


def run(fold: int, params: Params, data: Path, folder: Path, fit: Fit = train.train) -> Fold:
    """Train and judge one fold; leave its bundle in ``folder``/fold-N and, last, its result in fold-N.json.

    Args:
        data: a prepared folder.
        folder: of the cross-validation; unfinished trainings keep their checkpoints there.

    Raises:
        SourceError, ParamsError, TrainingError: as `train.train`.
    """
    held = configured(params, fold)
    bundle = folder / f"fold-{fold}"
    fit(held, data, bundle, checkpoints=folder / "checkpoints")
    whole = held.train.model_copy(update={"part": 1.0})
    _, judged = faces.splits(data, whole, folder / f"fold-{fold}.images")
    (folder / f"fold-{fold}.images").unlink(missing_ok=True)
    network = Classifier(bundle)
    judged = truth.judged(judged, truth.named(params.evaluate.truth, network.card, judged.votes))
    raw = network.raw(judged.images)
    prior = shares.choose(raw, network.card, params.evaluate.prior)
    metrics = evaluate.measure(interpret.emotions(raw, network.card, prior.shares), judged.labels)
    result = Fold(fold, len(judged.labels), metrics["accuracy"], metrics["macro_f1"])
    files.write_json(folder / f"fold-{fold}.json", asdict(result))
    return result


def summary(folds: Sequence[Fold]) -> dict[str, Any]:
    """All folds in their order, with mean and standard deviation (of the sample, n - 1) of each figure."""
    ordered = sorted(folds, key=lambda one: one.fold)
    accuracy, macro_f1 = [one.accuracy for one in ordered], [one.macro_f1 for one in ordered]
    return {
        "folds": [asdict(one) for one in ordered],
        "accuracy": _spread(accuracy),
        "macro_f1": _spread(macro_f1),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    mean = math.fsum(values) / len(values)
    return {"mean": mean, "sd": math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))}
