"""A model beside people who voted: their majority, all that they said, one of them, and the data set's word."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import evaluate
from tasks.evaluation import bootstrap, posterior, truth
from tasks.evaluation.verdict import Verdict
from tasks.params import Evaluate
from tasks.schema import EMOTIONS

TINY = 1e-12
Shares = npt.NDArray[np.float64]  # (n, 7), rows summing to 1


def voted(verdict: Verdict, params: Evaluate) -> dict[str, Any] | None:
    """The model's answers about all images, under the verdict's prior, beside the votes; None without any.

    Source: Barsoum et al., as of `truth`.

    Returns:
        As ``tasks.evaluation`` has `votes`.
    """
    answers, card, shares = verdict.everything, verdict.card, verdict.prior.shares
    votes = answers.votes
    if votes is None or not votes.any():
        return None
    probabilities = posterior.of_views(answers, card, shares)
    majority = truth.by_votes(votes)
    counts = majority.counts
    named = votes[:, : len(EMOTIONS)].sum(axis=1) > 0
    people = shown(votes[named])
    said = posterior.of_views(answers, card, shares, voters=True)[named]
    return {
        "protocol": truth.PROTOCOL,
        "images": int(counts.sum()),
        "left_out": majority.left_out,
        **_by_majority(probabilities[counts], majority.labels[counts], params),
        "asked": int(named.sum()),
        "cross_entropy": cross_entropy(people, said),
        "baseline_cross_entropy": cross_entropy(people, np.broadcast_to(people.mean(axis=0), people.shape)),
        "least_cross_entropy": cross_entropy(people, people),
        **_with_one_voter(people, probabilities[named].argmax(axis=1)),
        "word": _by_word(probabilities, answers.labels, majority),
    }


def shown(votes: truth.Votes) -> Shares:
    """(n, 7) shares of the votes for the seven emotions among these; each of the images has at least one."""
    counts = votes[:, : len(EMOTIONS)].astype(np.float64)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def cross_entropy(people: Shares, said: npt.NDArray[np.floating[Any]]) -> float:
    """Mean over images of -sum(people log said), in nats; (n, 7) each."""
    return float(-(people * np.log(np.maximum(said.astype(np.float64), TINY))).sum(axis=1).mean())


def _by_majority(probabilities: npt.NDArray[np.float32], labels: truth.Labels, params: Evaluate) -> dict[str, Any]:
    if not len(labels):
        return {"accuracy": None, "macro_recall": None, "recall": {}, "intervals": {}}
    found = evaluate.measure(probabilities, labels)
    drawn = bootstrap.intervals(probabilities, labels, EMOTIONS, params.resamples, params.confidence, params.seed)
    rows = found["per_class"]
    return {
        "accuracy": found["accuracy"],
        "macro_recall": found["macro_recall"],
        "recall": {name: row["recall"] if row["support"] else None for name, row in rows.items()},
        "intervals": {name: drawn[name] for name in ("accuracy", "macro_recall", "recall") if name in drawn},
    }


def _with_one_voter(people: Shares, predicted: truth.Labels) -> dict[str, float]:
    """How often one voter, drawn at random among those who named one of the seven, says the same."""
    return {
        "agreement_with_one_voter": float(people[np.arange(len(people)), predicted].mean()),
        "agreement_of_best_constant": float(people.mean(axis=0).max()),
        "agreement_of_majority": float(people.max(axis=1).mean()),
    }


def _by_word(probabilities: npt.NDArray[np.float32], labels: truth.Labels, majority: truth.Truth) -> dict[str, Any]:
    """By the data set's own label: over all images, and how far it is from the majority where that counts."""
    found, counts = evaluate.measure(probabilities, labels), majority.counts
    same = (labels == majority.labels)[counts]
    return {
        "images": len(labels),
        "accuracy": found["accuracy"],
        "macro_recall": found["macro_recall"],
        "agreement_with_majority": float(same.mean()) if counts.any() else None,
    }
