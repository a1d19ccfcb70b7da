"""What a model says beside the emotions: that nothing can be read, that it is covered, that it is no face."""

from typing import Any

import numpy as np

from tasks import interpret
from tasks import votes as counting
from tasks.evaluation.ranking import area_under_roc
from tasks.evaluation.verdict import Verdict
from tasks.schema import EMOTIONS


def rejected(verdict: Verdict) -> dict[str, Any] | None:
    """Figures of the reject outputs over all images; None for a model without them.

    Returns:
        `images`; `mean`: output -> mean over them; `unreadable_roc_auc`: how well `unreadable` puts images whose most
        frequent choice is none of the seven before the others, ties and images without votes left out; None where
        that can't be said.
    """
    answers, card = verdict.everything, verdict.card
    scores = interpret.rejects(answers.raw, card)
    if scores is None:
        return None
    area = None
    if answers.votes is not None and "unreadable" in card.rejects:
        most = counting.majority(answers.votes)
        known = (most >= 0) & (answers.votes.sum(axis=1) > 0)
        area = area_under_roc(scores[known, card.rejects.index("unreadable")], most[known] >= len(EMOTIONS))
    means = np.asarray(scores, np.float64).mean(axis=0).tolist()
    return {
        "images": len(answers.labels),
        "mean": dict(zip(card.rejects, means, strict=True)),
        "unreadable_roc_auc": area,
    }
