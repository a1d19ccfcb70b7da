import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tasks.evaluation.ranking import area_under_roc, average_precision, mean_average_precision, voted
from tasks.schema import CHOICES, EMOTIONS


def test_mean_average_precision_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(1)
    targets = random.random((200, 7)) < 0.3
    scores = (random.random((200, 7)) + 0.4 * targets).astype(np.float32)
    assert mean_average_precision(scores, targets) == pytest.approx(
        average_precision_score(targets, scores, average="macro")
    )
    targets[:, 2] = False  # of nothing there is no precision
    others = [0, 1, 3, 4, 5, 6]
    assert mean_average_precision(scores, targets) == pytest.approx(
        average_precision_score(targets[:, others], scores[:, others], average="macro")
    )


def test_what_cannot_be_said_is_none_without_a_warning() -> None:
    scores, nothing = np.array([0.1, 0.9], np.float32), np.array([False, False])
    assert average_precision(scores, nothing) is None
    assert area_under_roc(scores, nothing) is None
    assert area_under_roc(scores, ~nothing) is None
    assert average_precision(scores, ~nothing) == 1
    assert mean_average_precision(scores[:, None], nothing[:, None]) is None


def test_votes_become_targets_by_their_share() -> None:
    votes = np.zeros((3, len(CHOICES)), np.int16)
    votes[0, [0, 3]] = 8, 2  # happy has exactly a fifth
    votes[1, [5, 9]] = 1, 9  # sad has less
    scores = np.zeros((3, 7), np.float32)
    scores[:, 3] = 0.1, 0.9, 0.0
    found = voted(scores, votes, 0.2, EMOTIONS)
    assert found["images"] == 2
    assert found["per_class"]["happy"] == 0.5  # the second image stands before it
    assert found["per_class"]["angry"] == 0.5  # all scores equal: the share of positives
    assert found["per_class"]["sad"] is None
    assert found["mean_average_precision"] == 0.5
