import numpy as np
import pytest

from tasks.evaluation.doubts import doubts


def test_wrong_labels_among_right_ones_are_found() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 300)
    probabilities = np.full((300, 3), 0.1)
    probabilities[np.arange(300), truth] = random.uniform(0.7, 0.9, 300)
    probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    given = truth.copy()
    given[:15] = (truth[:15] + 1) % 3
    found = doubts(probabilities, given)
    assert {one.at for one in found} <= set(range(15))
    assert len(found) >= 12
    assert all(one.suggested == truth[one.at] and one.given == given[one.at] for one in found)
    assert [one.margin for one in found] == sorted((one.margin for one in found), reverse=True)


def test_thresholds_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.55, 0.45], [0.85, 0.15]], np.float32)
    # Self-confidence of 0: (0.9 + 0.7) / 2 = 0.8; of 1: (0.8 + 0.45 + 0.15) / 3. Only the last is over 0.8 for 0.
    (found,) = doubts(probabilities, np.array([0, 0, 1, 1, 1]))
    assert (found.at, found.given, found.suggested) == (4, 1, 0)
    assert found.confidence == pytest.approx(0.85)
    assert found.margin == pytest.approx(0.7)


def test_a_class_without_images_is_never_suggested() -> None:
    assert doubts(np.array([[0.1, 0.9]] * 4, np.float32), np.zeros(4, np.int64)) == []
