import numpy as np
import pytest

from tasks.calibrate import expected_calibration_error
from tasks.evaluation.bootstrap import intervals, paired, wilson
from tasks.schema import EMOTIONS


def _answers(count: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """``share`` of the images of six classes right; none of surprise."""
    labels = np.arange(count) % 6
    predicted = np.where(np.arange(count) < share * count, labels, (labels + 1) % 6)
    rows = np.full((count, 7), 0.05, np.float32)
    rows[np.arange(count), predicted] = 0.7
    return rows, labels


def test_the_interval_of_accuracy_is_that_of_the_binomial() -> None:
    probabilities, labels = _answers(1200, 0.6)
    found = intervals(probabilities, labels, EMOTIONS, 4000, 0.95, 1)
    half = 1.96 * np.sqrt(0.6 * 0.4 / 1200)
    assert found["accuracy"] == pytest.approx([0.6 - half, 0.6 + half], abs=0.004)
    assert found["recall"]["surprise"] is None
    assert found["macro_f1"][0] < 0.6 < found["macro_f1"][1]


def test_fast_resampling_agrees_with_resampled_images() -> None:
    random = np.random.default_rng(2)
    probabilities = random.dirichlet(np.full(7, 0.3), 500).astype(np.float32)
    labels = np.array([random.choice(7, p=row / row.sum()) for row in probabilities.astype(np.float64)])
    drawn = [random.integers(0, 500, 500) for _ in range(600)]
    slow = np.quantile([expected_calibration_error(probabilities[one], labels[one]) for one in drawn], [0.025, 0.975])
    assert intervals(probabilities, labels, EMOTIONS, 2000, 0.95, 1)["ece"] == pytest.approx(slow, abs=0.008)


def test_the_same_seed_gives_the_same_and_none_are_made_of_no_resamples() -> None:
    probabilities, labels = _answers(60, 0.5)
    assert intervals(probabilities, labels, EMOTIONS, 50, 0.9, 3) == intervals(
        probabilities, labels, EMOTIONS, 50, 0.9, 3
    )
    assert intervals(probabilities, labels, EMOTIONS, 0, 0.9, 3) == {}
    one = intervals(probabilities[:1], labels[:1], EMOTIONS, 50, 0.9, 3)
    assert one["accuracy"] == [1.0, 1.0]


def test_a_paired_gain_is_narrower_than_two_intervals() -> None:
    before = np.arange(1000) < 600
    after = before.copy()
    after[600:620] = True
    low, high = paired(before, after, 2000, 0.95, 1) or [0, 0]
    assert 0.01 < low < 0.02 < high < 0.03
    assert paired(before, after, 0, 0.95, 1) is None
    assert paired(before, before, 100, 0.95, 1) == [0, 0]


def test_wilson_by_hand() -> None:
    assert wilson(8, 10, 0.95) == pytest.approx([0.4902, 0.9433], abs=1e-4)
    assert wilson(0, 5, 0.95)[0] == 0
    assert wilson(5, 5, 0.95)[1] == 1
