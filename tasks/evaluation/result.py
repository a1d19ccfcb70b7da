"""From answers to metrics.json, whose keys stand in ``tasks.evaluation``."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks import evaluate
from tasks.bundle import Card
from tasks.calibrate import soften
from tasks.evaluation import bootstrap
from tasks.evaluation.abstention import abstention
from tasks.evaluation.answers import Answers, Probabilities
from tasks.evaluation.calibration import calibration, reliability
from tasks.evaluation.judge import CASES
from tasks.evaluation.slices import slices
from tasks.params import Evaluate
from tasks.schema import EMOTIONS


@dataclass(frozen=True)
class Gap:
    """Answers about images that were trained on: how many, how many of them right; of the images alone."""

    images: int
    right: int


def calibrated(answers: Answers, card: Card) -> Probabilities:
    """(n, 7) probabilities with the model's temperature."""
    return soften(answers.raw, card.temperature)


def metrics(
    answers: Answers, card: Card, params: Evaluate, split: str, data_digest: str, training: Gap | None = None
) -> dict[str, Any]:
    """Everything that metrics.json says.

    Args:
        answers: about at least one image.
        split: name of what was judged.
        data_digest: of the images and labels.
        training: what the model answers about a sample of its training images, where they are at hand.
    """
    labels, probabilities = answers.labels, calibrated(answers, card)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    found = evaluate.measure(probabilities, labels)
    reasons = Counter(failure.reason for failure in answers.failures)
    right = predicted == labels
    return found | {
        "split": split,
        "data_digest": data_digest,
        "model_digest": card.digest,
        "architecture": card.architecture,
        "confidence": params.confidence,
        "intervals": bootstrap.intervals(
            probabilities, labels, EMOTIONS, params.resamples, params.confidence, params.seed
        ),
        "counts": {
            "images": len(labels),
            "per_class": {emotion: found["per_class"][emotion]["support"] for emotion in EMOTIONS},
            "failures": len(answers.failures),
        },
        "failures": dict(sorted(reasons.items())),
        "train_test_gap": _gap(answers, card, training),
        "tta": _tta(answers, params),
        "calibration": calibration(answers.raw, labels, card.temperature, params.seed),
        "reliability": reliability(confidence, right),
        "abstention": abstention(confidence, right),
        "slices": slices(answers.measures, answers.groups, predicted, labels, params.slices, params.confidence),
        "robustness": _robustness(answers),
    }


def _gap(answers: Answers, card: Card, training: Gap | None) -> dict[str, Any]:
    """Everything of images alone: the card's figure was measured without views too."""
    here = float((answers.alone.argmax(axis=1) == answers.labels).mean())
    known = None if training is None else training.right / training.images
    return {
        "accuracy": here,
        "validation_accuracy": card.validation_accuracy,
        "validation_gap": card.validation_accuracy - here,
        "training_images": 0 if training is None else training.images,
        "training_accuracy": known,
        "training_gap": None if known is None else known - here,
    }


def _tta(answers: Answers, params: Evaluate) -> dict[str, Any]:
    before, after = (found.argmax(axis=1) == answers.labels for found in (answers.alone, answers.raw))
    return {
        "views": max(1, params.tta),
        "accuracy_without": float(before.mean()),
        "gain": float(after.mean() - before.mean()),
        "gain_interval": bootstrap.paired(before, after, params.resamples, params.confidence, params.seed),
    }


def _robustness(answers: Answers) -> dict[str, Any] | None:
    if not answers.damaged.shape[1]:
        return None
    shares = (answers.damaged == answers.labels[:, None]).mean(axis=0)
    table: dict[str, dict[str, float]] = {}
    for (kind, severity), share in zip(CASES, shares.tolist(), strict=True):
        table.setdefault(kind, {})[str(severity)] = share
    return {
        "accuracy": table,
        "mean_by_kind": {kind: float(np.mean(list(row.values()))) for kind, row in table.items()},
        "mean": float(shares.mean()),
        "undamaged": float((answers.alone.argmax(axis=1) == answers.labels).mean()),
    }
