"""From a verdict to metrics.json, whose keys stand in ``tasks.evaluation``."""

from collections import Counter
from dataclasses import replace
from typing import Any

from tasks import evaluate
from tasks.evaluation import bootstrap, posterior, shares
from tasks.evaluation.abstention import abstention
from tasks.evaluation.calibration import calibration, reliability
from tasks.evaluation.coverage import labelled
from tasks.evaluation.rejected import rejected
from tasks.evaluation.robust import robustness
from tasks.evaluation.sizes import by_size
from tasks.evaluation.slices import slices
from tasks.evaluation.verdict import Gap, Verdict
from tasks.evaluation.voters import voted
from tasks.params import Evaluate
from tasks.schema import EMOTIONS


def metrics(
    verdict: Verdict, params: Evaluate, split: str, data_digest: str, training: Gap | None = None, below: float = 0.0
) -> dict[str, Any]:
    """Everything that metrics.json says.

    Args:
        verdict: about at least one image that counts.
        split: name of what was judged.
        data_digest: of the images and the data set's labels.
        training: what the model answers about a sample of its training images, where they are at hand.
        below: confidence under which a face gets no label.
    """
    answers, card, probabilities = verdict.answers, verdict.card, verdict.probabilities
    labels = answers.labels
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    found = evaluate.measure(probabilities, labels)
    reasons = Counter(failure.reason for failure in answers.failures)
    right = predicted == labels
    untempered = posterior.of_views(answers, replace(card, temperature=1.0), verdict.prior.shares)
    return found | {
        "split": split,
        "data_digest": data_digest,
        "model_digest": card.digest,
        "architecture": card.architecture,
        "truth": verdict.truth.name,
        "prior": shares.told(verdict.prior, params.prior, card),
        "confidence": params.confidence,
        "intervals": bootstrap.intervals(
            probabilities, labels, EMOTIONS, params.resamples, params.confidence, params.seed
        ),
        "counts": {
            "images": len(labels),
            "left_out": sum(verdict.truth.left_out.values()),
            "per_class": {emotion: found["per_class"][emotion]["support"] for emotion in EMOTIONS},
            "failures": len(answers.failures),
        },
        "failures": dict(sorted(reasons.items())),
        "train_test_gap": _gap(verdict, training),
        "tta": _tta(verdict, params),
        "calibration": calibration(untempered, labels, card.temperature, params.seed),
        "reliability": reliability(confidence, right),
        "abstention": abstention(confidence, right),
        "coverage": {
            "abstain_below": below,
            **labelled(probabilities, labels, below),
            "by_size": by_size(answers, card, verdict.prior.shares, below),
        },
        "slices": slices(answers.measures, answers.groups, predicted, labels, params.slices, params.confidence),
        "robustness": robustness(verdict),
        "votes": voted(verdict, params),
        "rejects": rejected(verdict),
    }


def _gap(verdict: Verdict, training: Gap | None) -> dict[str, Any]:
    """Everything of images alone: the card's figure was measured without views too, by the truth that it learnt."""
    answers, card = verdict.answers, verdict.card
    right = posterior.of_images(answers, card, verdict.prior.shares).argmax(axis=1) == answers.labels
    here = float(right.mean())
    known = None if training is None else training.right / training.images
    return {
        "accuracy": here,
        "validation_accuracy": card.validation_accuracy,
        "validation_gap": card.validation_accuracy - here,
        "training_images": 0 if training is None else training.images,
        "training_accuracy": known,
        "training_gap": None if known is None else known - here,
    }


def _tta(verdict: Verdict, params: Evaluate) -> dict[str, Any]:
    answers = verdict.answers
    alone = posterior.of_images(answers, verdict.card, verdict.prior.shares)
    before, after = (found.argmax(axis=1) == answers.labels for found in (alone, verdict.probabilities))
    return {
        "views": max(1, params.tta),
        "accuracy_without": float(before.mean()),
        "gain": float(after.mean() - before.mean()),
        "gain_interval": bootstrap.paired(before, after, params.resamples, params.confidence, params.seed),
    }
