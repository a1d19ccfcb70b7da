import numpy as np
import pytest
from sklearn.metrics import f1_score

from tasks import baselines


def _bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy faces of lying or standing bars; no single pixel tells them apart."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    rows = np.sin(np.arange(48) / 2 + rng.uniform(0, 6, (count, 1)))[:, None, :].repeat(48, axis=1)
    turned = np.where(labels[:, None, None] == 1, rows, rows.transpose(0, 2, 1))
    return (127 + 60 * turned + rng.normal(0, 10, turned.shape)).clip(0, 255).astype(np.uint8), labels


def test_hog_and_a_linear_svm_tell_directions_apart() -> None:
    (train, labels), (test, truth) = _bars(60, 1), _bars(40, 2)
    found = baselines.linear_svm(baselines.hog(train), labels, baselines.hog(test))
    assert (found == truth).mean() == 1


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 3), (64, 64), (50, 50)])
def test_hog_has_the_same_length_for_any_face(shape: tuple[int, ...]) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    assert baselines.hog(faces).shape == (2, 900)


def test_hog_does_not_see_how_bright_a_face_is() -> None:
    face = _bars(1, 3)[0] // 2
    assert baselines.hog(face) == pytest.approx(baselines.hog((face + 60).astype(np.uint8)), abs=1e-5)


def test_a_probe_finds_what_is_linear_whatever_the_scales() -> None:
    rng = np.random.default_rng(4)
    features = (rng.normal(size=(300, 5)) * [1, 1000, 0.001, 1, 1]).astype(np.float32)
    labels = (features[:, 2] * 1000 + features[:, 1] / 1000 > 0).astype(np.int64)
    found = baselines.linear_probe(features[:200], labels[:200], features[200:])
    assert (found == labels[200:]).mean() > 0.9


def test_guessing_takes_the_most_frequent() -> None:
    assert baselines.most_frequent(np.array([2, 5, 5, 1]), 3).tolist() == [5, 5, 5]


def test_figures_are_those_of_scikit_learn_over_the_classes_that_are_there() -> None:
    truth, predicted = np.array([0, 0, 3, 3, 5]), np.array([0, 3, 3, 3, 6])
    found = baselines.figures(truth, predicted)
    assert found["images"] == 5
    assert found["accuracy"] == pytest.approx(0.6)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0.8 + 0) / 3)
    assert found["weighted_f1"] == pytest.approx(
        f1_score(truth, predicted, labels=[0, 3, 5], average="weighted", zero_division=0.0)
    )
