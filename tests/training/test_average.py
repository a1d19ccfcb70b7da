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


def test_an_even_average_begins_late_and_weighs_all_the_same() -> None:
    since = 3 * EVERY
    average = Average(0.0, [], since)
    for step in range(1, 8 * EVERY + 1):
        average.step(SimpleNamespace(get_weights=lambda step=step: [np.array([float(step // EVERY)])]), step)
        if step <= since:
            assert average.weights == []
    assert average.weights[0].tolist() == [pytest.approx(np.mean([4, 5, 6, 7, 8]))]


def test_an_even_average_goes_on_where_it_stood() -> None:
    def told(step: int) -> SimpleNamespace:
        return SimpleNamespace(get_weights=lambda: [np.array([float(step**2)])])

    whole, first = Average(0.0, [], 0), Average(0.0, [], 0)
    for step in range(EVERY, 9 * EVERY, EVERY):
        whole.step(told(step), step)
        if step <= 4 * EVERY:
            first.step(told(step), step)
    second = Average(0.0, first.weights, 0)
    for step in range(5 * EVERY, 9 * EVERY, EVERY):
        second.step(told(step), step)
    assert second.weights[0].tolist() == pytest.approx(whole.weights[0].tolist())
