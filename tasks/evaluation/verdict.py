"""Raw answers held against one truth, under one prior: what all figures of an evaluation are of."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from tasks.bundle import Card
from tasks.evaluation import posterior, truth
from tasks.evaluation.answers import Answers, Probabilities
from tasks.evaluation.shares import Chosen, choose
from tasks.evaluation.truth import Truth
from tasks.params import Evaluate


@dataclass(frozen=True, eq=False)
class Verdict:
    """What was judged, by what, and what came of it.

    Attributes:
        card: of the model.
        everything: answers about all n images; their labels are the data set's word.
        truth: about all n images.
        answers: about the m images that count; their labels are the truth.
        prior: that all probabilities are under.
        probabilities: (m, 7) calibrated.
    """

    card: Card
    everything: Answers
    truth: Truth
    answers: Answers
    prior: Chosen
    probabilities: Probabilities


class Gap(NamedTuple):
    """Answers about images that were trained on: how many, how many of them right; of the images alone."""

    images: int
    right: int


def reach(answers: Answers, card: Card, params: Evaluate) -> Verdict:
    """Hold ``answers`` against the truth that ``params`` ask for. An estimated prior is that of the images that count.

    Raises:
        ParamsError: a truth that isn't known, or a prior that can't be applied.
        SourceError: not one image counts.
    """
    found = truth.of(truth.named(params.truth, card, answers.votes), answers.labels, answers.votes)
    counted = replace(answers, labels=found.labels).at(found.counts)
    prior = choose(counted.raw, card, params.prior, posterior.features(counted))
    return Verdict(card, answers, found, counted, prior, posterior.of_views(counted, card, prior.shares))


def gap(trained: Answers, verdict: Verdict) -> Gap | None:
    """How many of the images that were trained on are right by the same truth, under the same prior.

    None where none of them counts.
    """
    if verdict.truth.name == "votes" and (trained.votes is None or not trained.votes.any()):
        return None
    found = truth.of(verdict.truth.name, trained.labels, trained.votes)
    right = posterior.of_images(trained, verdict.card, verdict.prior.shares).argmax(axis=1) == found.labels
    return Gap(int(found.counts.sum()), int(right[found.counts].sum()))
