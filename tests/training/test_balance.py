import numpy as np
import pytest

from tasks.errors import SourceError
from tasks.training import balance


def test_a_class_without_images_is_a_source_error() -> None:
    with pytest.raises(SourceError, match=r"'mine' holds no image of disgust, surprise"):
        balance.check(np.array([0, 2, 3, 4, 5, 5]), "mine")
    balance.check(np.arange(7), "mine")


def test_rare_classes_weigh_more() -> None:
    weights = balance.balanced(np.array([0] * 4 + [1, 2, 3, 4, 5, 6]))
    assert weights[0] == pytest.approx(10 / 28)
    assert weights[1] == pytest.approx(10 / 7)


def test_recall_per_class_and_none_for_a_class_that_is_absent() -> None:
    found = balance.recalls(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3]))
    assert found[:3].tolist() == [0.5, 1.0, 0.0]
    assert np.isnan(found[3:]).all()


def test_weights_follow_what_is_missed_and_keep_their_mean() -> None:
    counts = np.array([70, 1, 30, 50, 40, 40, 30])
    recall = np.array([0.9, 0.2, 0.5, 0.9, 0.7, 0.6, 0.8])
    weights = np.ones(7)
    for _ in range(40):
        weights = balance.followed(weights, recall, counts)
        assert (weights * counts).sum() / counts.sum() == pytest.approx(1)
    # With a recall that stays, they end in proportion to what is missed.
    assert weights / weights[1] == pytest.approx((1 - recall) / 0.8, rel=1e-3)


def test_a_class_that_cannot_be_judged_keeps_its_share() -> None:
    recall = np.array([0.5, np.nan, 0.5, 0.5, 0.5, 0.5, 0.5])
    weights = balance.followed(np.ones(7), recall, np.full(7, 10))
    assert np.isfinite(weights).all()
    assert weights[1] > weights[0]


def test_rare_emotions_are_drawn_more_often_by_the_root_or_evenly() -> None:
    targets = np.eye(7, dtype=np.float32)[np.repeat(np.arange(7), [64, 16, 16, 16, 16, 16, 16])]
    even = balance.shares(targets, balance.odds(targets, 1.0))
    np.testing.assert_allclose(even, np.full(7, 1 / 7), atol=1e-6)
    root = balance.shares(targets, balance.odds(targets, 0.5))
    np.testing.assert_allclose(root / root[1], [2, 1, 1, 1, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(balance.shares(targets, balance.odds(targets, 0.0)), balance.shares(targets))


def test_a_face_without_any_emotion_is_drawn_like_the_others() -> None:
    targets = np.concatenate([np.eye(7, dtype=np.float32), np.zeros((1, 7), np.float32)])
    odds = balance.odds(targets, 0.5)
    assert odds[7] == pytest.approx(odds[:7].mean())
