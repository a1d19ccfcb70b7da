import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tasks import files
from tasks.evaluate import draw_confusion, measure, write
from tasks.schema import EMOTIONS


def _one_hot(predicted: list[int], confidence: float = 0.9) -> np.ndarray:
    rows = np.full((len(predicted), 7), (1 - confidence) / 6, np.float32)
    rows[np.arange(len(predicted)), predicted] = confidence
    return rows


def test_figures_by_hand() -> None:
    labels = np.array([0, 0, 0, 1, 1, 3])
    found = measure(_one_hot([0, 0, 1, 1, 1, 0]), labels)
    assert found["images"] == 6
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["labels"] == list(EMOTIONS)
    assert found["confusion"][0] == [2, 1, 0, 0, 0, 0, 0]
    assert found["confusion"][3] == [1, 0, 0, 0, 0, 0, 0]
    angry, disgust, happy, sad = (found["per_class"][e] for e in ("angry", "disgust", "happy", "sad"))
    assert (angry["precision"], angry["recall"], angry["support"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 3)
    assert (disgust["precision"], disgust["recall"], disgust["f1"]) == (
        pytest.approx(2 / 3), 1.0, pytest.approx(0.8))  # fmt: skip
    assert (happy["recall"], happy["f1"], happy["support"]) == (0.0, 0.0, 1)
    nothing = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert sad == nothing | {"average_precision": None, "roc_auc": None}
    # Macro: over angry, disgust and happy, the classes of the truth.
    assert found["macro_recall"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0.8 + 0) / 3)
    assert found["weighted_recall"] == pytest.approx(found["accuracy"])
    assert found["nll"] == pytest.approx(-(4 * np.log(0.9) + 2 * np.log(0.1 / 6)) / 6, rel=1e-5)
    assert found["ece"] == pytest.approx(0.9 - 4 / 6, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30))
def test_figures_agree_with_each_other(pairs: list[tuple[int, int]]) -> None:
    labels = np.array([truth for truth, _ in pairs])
    found = measure(_one_hot([predicted for _, predicted in pairs]), labels)
    confusion = np.array(found["confusion"])
    assert confusion.sum() == found["images"] == len(pairs)
    assert np.trace(confusion) / len(pairs) == pytest.approx(found["accuracy"])
    assert confusion.sum(axis=1).tolist() == [found["per_class"][e]["support"] for e in EMOTIONS]
    for name in ("accuracy", "ece", "macro_f1", "weighted_f1", "macro_precision", "macro_recall"):
        assert 0 <= found[name] <= 1
    json.dumps(found, allow_nan=False)


def test_figures_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(5)
    labels = random.integers(0, 7, 300)
    probabilities = random.dirichlet(np.ones(7), 300).astype(np.float32)
    probabilities[np.arange(300), labels] += 0.1
    predicted = probabilities.argmax(axis=1)
    found = measure(probabilities, labels)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert found["confusion"] == metrics.confusion_matrix(labels, predicted).tolist()
    for average in ("macro", "weighted"):
        assert found[f"{average}_f1"] == pytest.approx(metrics.f1_score(labels, predicted, average=average))
        assert found[f"{average}_recall"] == pytest.approx(metrics.recall_score(labels, predicted, average=average))
        assert found[f"{average}_precision"] == pytest.approx(
            metrics.precision_score(labels, predicted, average=average)
        )
    areas = metrics.roc_auc_score(np.eye(7)[labels], probabilities, average=None)
    assert [found["per_class"][emotion]["roc_auc"] for emotion in EMOTIONS] == pytest.approx(areas)
    precisions = metrics.average_precision_score(np.eye(7)[labels], probabilities, average=None)
    assert [found["per_class"][emotion]["average_precision"] for emotion in EMOTIONS] == pytest.approx(precisions)


def test_perfection() -> None:
    found = measure(np.eye(7, dtype=np.float32), np.arange(7))
    for name in ("accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall"):
        assert found[name] == 1
    assert found["nll"] == pytest.approx(0, abs=1e-9)
    assert found["ece"] == pytest.approx(0, abs=1e-9)


def test_files_hold_the_figures_and_one_row_per_image(tmp_path: Path) -> None:
    labels, probabilities = np.array([0, 3, 3]), _one_hot([0, 3, 5])
    found = measure(probabilities, labels)
    write(tmp_path / "out", found, ["a", 'b "," c', "d"], labels, probabilities)
    assert sorted(place.name for place in (tmp_path / "out").iterdir()) == [
        "confusion.png", "metrics.json", "predictions.csv"]  # fmt: skip
    assert files.read_json(tmp_path / "out" / "metrics.json") == found
    table = pd.read_csv(tmp_path / "out" / "predictions.csv")
    assert table.columns.tolist() == ["key", "actual", "predicted", "confidence"]
    assert table.values.tolist() == [
        ["a", "angry", "angry", 0.9], ['b "," c', "happy", "happy", 0.9], ["d", "happy", "sad", 0.9]]  # fmt: skip
    picture = cv2.imread(str(tmp_path / "out" / "confusion.png"))
    assert picture is not None
    assert picture.std() > 10


def test_the_figure_shows_every_count() -> None:
    found = measure(_one_hot([0, 0, 5]), np.array([0, 0, 3]))
    axes = draw_confusion(found).axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["0"] * 47 + ["1", "2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(EMOTIONS)
    assert "3 images" in axes.get_title()
