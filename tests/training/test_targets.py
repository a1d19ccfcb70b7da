from types import SimpleNamespace

import numpy as np
import pytest

from tasks.errors import SourceError
from tasks.params import Loss
from tasks.schema import CHOICES
from tasks.training import targets, witness


def _split(*rows: dict[str, int]) -> SimpleNamespace:
    votes = np.array([[row.get(choice, 0) for choice in CHOICES] for row in rows], np.int16)
    return SimpleNamespace(name="training", labels=np.array([3, 0, 6])[: len(rows)], votes=votes)


VOTED = _split({"happy": 8, "neutral": 2}, {"contempt": 10}, {"sad": 1, "fear": 3, "unknown": 6})


def test_labels_are_one_of_seven() -> None:
    np.testing.assert_array_equal(targets.make(VOTED, Loss()), np.eye(7)[[3, 0, 6]])  # type: ignore[arg-type]


def test_votes_are_shares_of_the_seven_and_the_label_where_none_got_any() -> None:
    found = targets.make(VOTED, Loss(name="votes"))  # type: ignore[arg-type]
    assert found.sum(axis=1) == pytest.approx(np.ones(3))
    assert found[0, 3] == pytest.approx(0.8)
    assert found[1].tolist() == np.eye(7)[0].tolist()
    assert found[2].max() == pytest.approx(0.75)


def test_several_emotions_may_be_there() -> None:
    found = targets.make(VOTED, Loss(name="multi_label", positive=0.2))  # type: ignore[arg-type]
    assert found.sum(axis=1).tolist() == [2, 1, 2]
    assert set(np.unique(found)) == {0.0, 1.0}


def test_a_share_of_a_target_is_what_the_votes_say_about_the_label() -> None:
    split = _split({"happy": 8, "neutral": 2}, {"anger": 10}, {"surprise": 5, "fear": 3})
    said = witness.answers(split.votes, split.labels)
    found = targets.make(split, Loss(voted=0.4))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, 0.6 * np.eye(7)[[3, 0, 6]] + 0.4 * said, rtol=1e-6)
    assert found.sum(axis=1) == pytest.approx(np.ones(3))
    assert found.dtype == np.float32


def test_votes_that_are_not_there_are_named() -> None:
    with pytest.raises(SourceError, match=r"'votes' learns from votes, and 'training' has none.*data.votes.kind"):
        targets.make(_split({}, {}), Loss(name="votes"))  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"train.loss.voted: 0.4 learns from votes, and 'training' has none"):
        targets.make(_split({}, {}), Loss(voted=0.4))  # type: ignore[arg-type]


def test_the_label_counts_as_further_voters() -> None:
    found = targets.make(VOTED, Loss(name="votes", word=2.0))  # type: ignore[arg-type]
    assert found[0] == pytest.approx(np.array([0, 0, 0, 10, 2, 0, 0]) / 12)
    assert found[1].tolist() == np.eye(7)[0].tolist()
    assert found[2] == pytest.approx(np.array([0, 0, 3, 0, 0, 1, 2]) / 6)


def test_rejects_are_the_shares_of_those_who_named_none() -> None:
    found = targets.rejects(_split({"happy": 7, "unknown": 2, "not_a_face": 1}, {"contempt": 5, "sad": 5}, {}))  # type: ignore[arg-type]
    np.testing.assert_allclose(found, np.array([[0.3, 0, 0.1], [0.5, 0, 0], [0, 0, 0]]), atol=1e-6)
