import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import log_loss

from tasks.params import Distil, Loss
from tasks.training import loss

pytestmark = pytest.mark.chain  # keras is imported
Rows = npt.NDArray[np.float32]


def _rows(seed: int, count: int = 64) -> Rows:
    return np.random.default_rng(seed).dirichlet(np.ones(7), count).astype(np.float32)


def _hard(seed: int, count: int = 64) -> Rows:
    return np.eye(7, dtype=np.float32)[np.random.default_rng(seed).integers(0, 7, count)]


def _value(params: Loss, targets: Rows, predicted: Rows, distil: Distil = Distil()) -> float:  # noqa: B008
    return float(loss.make(params, distil)(targets, predicted))


def test_cross_entropy_is_scikit_learns() -> None:
    targets, predicted = _hard(1), _rows(2)
    exact = predicted.astype(np.float64)
    expected = log_loss(targets.argmax(axis=1), exact / exact.sum(axis=1, keepdims=True), labels=range(7))
    assert _value(Loss(), targets, predicted) == pytest.approx(expected, rel=1e-5)


def test_focal_without_gamma_is_cross_entropy_and_forgives_sure_answers() -> None:
    targets, predicted = _hard(1), _rows(2)
    plain = _value(Loss(), targets, predicted)
    assert _value(Loss(name="focal", gamma=0.0), targets, predicted) == pytest.approx(plain, rel=1e-6)
    sure = 0.9 * targets + 0.1 / 7
    own = (sure * targets).sum(axis=1)[0]
    expected = -((1 - own) ** 2) * np.log(own)
    assert _value(Loss(name="focal"), targets, sure) == pytest.approx(expected, rel=1e-4)


def test_smoothing_mixes_in_the_uniform_answer() -> None:
    targets, predicted = _hard(1), _rows(2)
    uniform = np.full_like(targets, 1 / 7)
    expected = 0.9 * _value(Loss(), targets, predicted) + 0.1 * _value(Loss(), uniform, predicted)
    assert _value(Loss(label_smoothing=0.1), targets, predicted) == pytest.approx(expected, rel=1e-5)


def test_several_labels_are_seven_questions() -> None:
    targets, predicted = (_rows(1) > 0.15).astype(np.float32), _rows(2)
    expected = -(targets * np.log(predicted) + (1 - targets) * np.log(1 - predicted)).mean()
    assert _value(Loss(name="multi_label"), targets, predicted) == pytest.approx(expected, rel=1e-4)


def test_a_pupil_that_answers_as_its_teacher_has_only_the_labels_loss() -> None:
    targets, teachers = _hard(1), _rows(3)
    distil = Distil(teachers=("there",), temperature=3.0, hard=0.25)
    both = np.concatenate([targets, teachers], axis=1)
    expected = 0.25 * _value(Loss(), targets, teachers)
    assert _value(Loss(), both, teachers, distil) == pytest.approx(expected, rel=1e-4)
    assert _value(Loss(), both, _rows(4), distil) > expected


def test_distillation_at_temperature_one_is_the_divergence() -> None:
    targets, teachers, predicted = _hard(1), _rows(3), _rows(4)
    distil = Distil(teachers=("there",), temperature=1.0, hard=0.0)
    expected = (teachers * np.log(teachers / predicted)).sum(axis=1).mean()
    both = np.concatenate([targets, teachers], axis=1)
    assert _value(Loss(), both, predicted, distil) == pytest.approx(expected, rel=1e-3)


def test_accuracy_looks_at_the_labels_alone() -> None:
    targets, teachers = _hard(1), _hard(2)
    found = np.asarray(loss.accuracy(np.concatenate([targets, teachers], axis=1), targets))
    assert found.tolist() == [1.0] * 64
