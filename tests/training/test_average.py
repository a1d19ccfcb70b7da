from types import SimpleNamespace

import numpy as np
import pytest

from tasks.training.average import EVERY, Average


def test_it_follows_slowly_and_counters_at_once() -> None:
    average = Average(0.9, [])
    for step in range(1, 40 * EVERY + 1):
        weights = [np.array([float(step > EVERY)]), np.array([step], np.int64)]
        average.step(SimpleNamespace(get_weights=lambda weights=weights: weights), step)
        if step == 2 * EVERY:
            assert average.weights[0][0] == pytest.approx(1 - min(0.9, (1 + step) / (10 + step)) ** EVERY)
    assert average.weights[0][0] == pytest.approx(1, abs=1e-6)
    assert average.weights[1].tolist() == [40 * EVERY]


def test_a_decay_of_nothing_averages_nothing() -> None:
    average = Average(0.0, [])
    average.step(SimpleNamespace(get_weights=lambda: pytest.fail("looked at the weights")), EVERY)
    assert average.weights == []
