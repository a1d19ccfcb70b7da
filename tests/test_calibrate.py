import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.calibrate import brier, expected_calibration_error, fit_temperature, negative_log_likelihood, soften


def _random(seed: int, rows: int = 50) -> npt.NDArray[np.float32]:
    """Softmax of random logits."""
    logits = np.random.default_rng(seed).normal(0, 2, (rows, 7))
    exponents = np.exp(logits)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.floats(0.25, 8))
def test_softened_rows_sum_to_one_and_keep_their_order(seed: int, temperature: float) -> None:
    before = _random(seed)
    after = soften(before, temperature)
    assert after.dtype == np.float32
    assert after.sum(axis=1) == pytest.approx(np.ones(50), abs=1e-5)
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()
    if temperature > 1.001:
        assert (after.max(axis=1) <= before.max(axis=1) + 1e-6).all()


def test_temperature_one_changes_nothing_and_zeros_are_bearable() -> None:
    before = _random(1)
    assert soften(before, 1.0) == pytest.approx(before, abs=1e-6)
    certain = np.eye(7, dtype=np.float32)
    assert np.isfinite(soften(certain, 0.25)).all()
    assert soften(certain, 8.0).argmax(axis=1).tolist() == list(range(7))
    assert soften(np.empty((0, 7), np.float32), 2.0).shape == (0, 7)


def test_softening_is_the_division_of_logits() -> None:
    logits = np.array([[2.0, 0.0, -1.0]])
    p = (np.exp(logits) / np.exp(logits).sum()).astype(np.float32)
    halved = np.exp(logits / 2) / np.exp(logits / 2).sum()
    assert soften(p, 2.0) == pytest.approx(halved, abs=1e-6)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_fitted_temperature_undoes_wrong_confidence(true: float) -> None:
    honest = _random(3, 4000)
    random = np.random.default_rng(4)
    labels = np.array([random.choice(7, p=row / row.sum()) for row in honest.astype(np.float64)])
    distorted = soften(honest, 1 / true)
    found = fit_temperature(distorted, labels)
    assert found == pytest.approx(true, rel=0.08)
    fixed = soften(distorted, found)
    assert negative_log_likelihood(fixed, labels) <= negative_log_likelihood(distorted, labels) + 1e-6
    assert expected_calibration_error(fixed, labels) < 0.03


def test_the_temperature_stays_in_its_range() -> None:
    wrong = soften(np.eye(7, dtype=np.float32), 0.9)
    assert 7.9 < fit_temperature(wrong, (np.arange(7) + 1) % 7) <= 8.0
    right = soften(_random(5), 1.0)
    assert 0.25 <= fit_temperature(right, right.argmax(axis=1)) < 0.3


def test_likelihood_by_hand() -> None:
    p = np.array([[0.5, 0.5], [1.0, 0.0]], np.float32)
    assert negative_log_likelihood(p, np.array([0, 0])) == pytest.approx(np.log(2) / 2, abs=1e-6)
    assert np.isfinite(negative_log_likelihood(p, np.array([0, 1])))


def test_calibration_error_by_hand() -> None:
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [1.0, 0.0]], np.float32)
    labels = np.array([0, 1, 0, 0])
    # bins: 0.9 twice (half right), 0.6 once (right), 1.0 once (right)
    assert expected_calibration_error(p, labels) == pytest.approx((2 * 0.4 + 0.4 + 0.0) / 4, abs=1e-6)


def test_brier_score_by_hand() -> None:
    p = np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]], np.float32)
    assert brier(p, np.array([0, 0, 0])) == pytest.approx((0.5 + 0 + 2) / 3)
