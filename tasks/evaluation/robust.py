"""Accuracy under damage."""

from typing import Any

import numpy as np

from tasks.evaluation import posterior
from tasks.evaluation.judge import CASES
from tasks.evaluation.verdict import Verdict


def robustness(verdict: Verdict) -> dict[str, Any] | None:
    """Accuracy by kind and severity over the images that count, alone; None where none were damaged."""
    answers, card, shares = verdict.answers, verdict.card, verdict.prior.shares
    if not answers.damaged.raw.shape[1]:
        return None
    table: dict[str, dict[str, float]] = {}
    for column, (kind, severity) in enumerate(CASES):
        found = posterior.of_copy(answers, answers.damaged, column, card, shares).argmax(axis=1)
        table.setdefault(kind, {})[str(severity)] = float((found == answers.labels).mean())
    by_severity = {level: [row[level] for row in table.values()] for level in next(iter(table.values()))}
    return {
        "accuracy": table,
        "mean_by_kind": {kind: float(np.mean(list(row.values()))) for kind, row in table.items()},
        "mean_by_severity": {level: float(np.mean(found)) for level, found in by_severity.items()},
        "mean": float(np.mean([list(row.values()) for row in table.values()])),
        "undamaged": float((posterior.of_images(answers, card, shares).argmax(axis=1) == answers.labels).mean()),
    }
