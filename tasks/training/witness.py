"""What votes say about a label: soft targets of people who saw the same face, in the terms of the labels.

Votes and labels of one data set don't mean the same: what FER+ calls neutral FER-2013 often calls sad. So the votes are
not taken for the label; a regression learns from the training faces which labels go with which votes. A network that
learns from its answers sees less of the labels' noise. It never needs votes itself.

Source: Lopez-Paz et al., Unifying Distillation and Privileged Information, ICLR 2016.
"""

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS

Answers = npt.NDArray[np.float32]
ROUNDS = 500  # of the fit, at most


def answers(votes: npt.NDArray[np.int16], labels: npt.NDArray[np.int64]) -> Answers:
    """(n, 7) probabilities of each label, given the votes; 1 for the label of a face without votes.

    Args:
        votes: (n, choices) counts.
        labels: (n,) positions in ``schema.EMOTIONS``, each of them at least once.
    """
    from sklearn.linear_model import LogisticRegression

    found = np.eye(len(EMOTIONS), dtype=np.float32)[labels]
    voted = votes.sum(axis=1) > 0
    if len(np.unique(labels[voted])) < 2:
        return found
    features = _features(votes[voted])
    fitted = LogisticRegression(max_iter=ROUNDS).fit(features, labels[voted])
    said = np.zeros((int(voted.sum()), len(EMOTIONS)), np.float32)
    said[:, fitted.classes_] = fitted.predict_proba(features)
    found[voted] = said
    return found


def _features(votes: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Shares, and the logarithm of the counts: one vote of ten says more than the tenth does."""
    return np.concatenate([votes / votes.sum(axis=1, keepdims=True), np.log1p(votes)], axis=1)
