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


def test_under_drawn_shares_the_answers_are_put_under_them_first() -> None:
    targets, predicted = _hard(1), _rows(2)
    drawn = np.array([0.1, 0.05, 0.05, 0.3, 0.3, 0.1, 0.1])
    joint = predicted * drawn
    expected = _value(Loss(), targets, (joint / joint.sum(axis=1, keepdims=True)).astype(np.float32))
    found = float(loss.make(Loss(), Distil(), drawn=drawn)(targets, predicted))
    assert found == pytest.approx(expected, rel=1e-5)


def test_pictures_without_emotion_teach_only_that() -> None:
    nothing = np.concatenate([np.zeros((4, 7)), [[1.0, -1.0, 1.0]] * 4], axis=1).astype(np.float32)
    said = np.concatenate([_rows(1, 4), [[0.5, 0.1, 0.25]] * 4], axis=1).astype(np.float32)
    expected = loss.REJECT_SHARE * -(np.log(0.5) + np.log(0.25))
    assert float(loss.make(Loss(), Distil(), rejects=True)(nothing, said)) == pytest.approx(expected, rel=1e-4)


def test_teachers_say_nothing_of_pictures_without_emotion() -> None:
    teachers = Distil(teachers=("x",), hard=0.0)
    targets = np.concatenate([np.zeros((4, 7)), np.full((4, 3), -1), np.zeros((4, 7))], axis=1).astype(np.float32)
    said = np.concatenate([_rows(1, 4), np.full((4, 3), 0.5)], axis=1).astype(np.float32)
    assert float(loss.make(Loss(), teachers, rejects=True)(targets, said)) == pytest.approx(0, abs=1e-6)


def test_accuracy_counts_what_shows_no_emotion_as_seen_or_not() -> None:
    targets = np.array([[0, 0, 0, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1, -1, 1]], np.float32)
    said = np.array([[0, 0, 0, 0.9, 0, 0, 0.1, 0.2, 0, 0], [0.9, 0, 0, 0, 0, 0, 0.1, 0.8, 0, 0]], np.float32)
    assert np.asarray(loss.accuracy(targets, said)).tolist() == [1, 1]
    said[1, 7] = 0.2
    assert np.asarray(loss.accuracy(targets, said)).tolist() == [1, 0]
