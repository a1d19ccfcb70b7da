import dataclasses
import json
from pathlib import Path

import cv2
import pandas as pd
import pytest
from made_answers import CARD, made_answers

from tasks import files
from tasks.evaluation.answers import joined
from tasks.evaluation.outputs import write
from tasks.evaluation.result import Gap, metrics
from tasks.params import Evaluate

pytestmark = pytest.mark.chain


def test_metrics_hold_what_is_promised() -> None:
    answers = made_answers()
    found = metrics(answers, CARD, Evaluate(robustness=True, resamples=200), "public", "abc", Gap(10, 9))
    json.dumps(found, allow_nan=False)
    low, high = found["intervals"]["accuracy"]
    assert low < found["accuracy"] < high
    assert found["counts"]["images"] == sum(found["counts"]["per_class"].values()) == 400
    assert (found["counts"]["per_class"]["surprise"], found["failures"]) == (0, {"undecodable": 1})
    assert found["calibration"]["after"]["ece"] == pytest.approx(found["ece"])
    assert found["calibration"]["after"]["nll"] < found["calibration"]["before"]["nll"]
    assert found["calibration"]["cross_fitted"]["temperatures"] == pytest.approx([2, 2], abs=0.8)
    assert found["train_test_gap"]["training_gap"] == pytest.approx(0.9 - found["accuracy"])
    assert found["train_test_gap"]["validation_gap"] == pytest.approx(0.8 - found["accuracy"])
    assert found["tta"]["gain"] == 0
    noise = found["robustness"]["accuracy"]["noise"]
    assert noise["1"] > noise["5"] == pytest.approx(0.5, abs=0.1)
    assert found["robustness"]["mean"] == pytest.approx(0.7, abs=0.05)
    assert found["abstention"]["accuracy_at"]["0.5"] > found["accuracy"]
    assert sum(one["count"] for one in found["reliability"]) == 400
    assert set(found["slices"]) == {"class", "brightness", "camera"}


def test_a_few_images_of_one_class_are_enough(tmp_path: Path) -> None:
    answers = dataclasses.replace(made_answers(2, classes=1), mistakes=())
    found = metrics(answers, CARD, Evaluate(resamples=20), "public", "abc")
    json.dumps(found, allow_nan=False)
    write(tmp_path, found, answers, CARD)
    assert not (tmp_path / "mistakes.png").exists()


def test_files_are_written_and_old_ones_taken_away(tmp_path: Path) -> None:
    answers = made_answers()
    found = metrics(answers, CARD, Evaluate(robustness=True, resamples=0), "public", "abc")
    assert found["intervals"] == {}
    write(tmp_path, found, answers, CARD)
    assert files.read_json(tmp_path / "metrics.json") == found
    names = ("confusion", "roc", "precision-recall", "reliability", "risk-coverage", "robustness", "mistakes")
    for name in names:
        picture = cv2.imread(str(tmp_path / f"{name}.png"))
        assert picture is not None
        assert picture.std() > 10
    assert pd.read_csv(tmp_path / "mistakes.csv")["key"].tolist() == ["m0", "m1", "m2"]
    failures = pd.read_csv(tmp_path / "failures.csv", keep_default_na=False)
    assert failures.values.tolist() == [["bad", "", "undecodable", "cut, off"]]
    doubted = pd.read_csv(tmp_path / "label-errors.csv")
    assert doubted.columns.tolist() == ["key", "given", "suggested", "confidence", "margin"]
    assert (doubted["given"] != doubted["suggested"]).all()
    again = metrics(dataclasses.replace(answers, mistakes=(), damaged=answers.damaged[:, :0]), CARD,
                    Evaluate(resamples=0), "public", "abc")  # fmt: skip
    write(tmp_path, again, dataclasses.replace(answers, mistakes=()), CARD)
    assert again["robustness"] is None
    assert not (tmp_path / "robustness.png").exists()
    assert not (tmp_path / "mistakes.png").exists()


def test_parts_join_in_order() -> None:
    first, second = made_answers(4, 1), made_answers(6, 2)
    empty = dataclasses.replace(
        first, keys=[], labels=first.labels[:0], raw=first.raw[:0], alone=first.raw[:0], damaged=first.damaged[:0],
        hashes=first.hashes[:0], measures={}, groups={}, mistakes=(),
    )  # fmt: skip
    both = joined([empty, first, second], 4)
    assert both.keys == first.keys + second.keys
    assert (both.raw[4:] == second.raw).all()
    assert both.alone is both.raw
    assert len(both.measures["brightness"]) == len(both.groups["camera"]) == 10
    assert [round(one.confidence, 1) for one in both.mistakes] == [0.9, 0.9, 0.8, 0.8]
    assert (len(both.failures), both.seen["test"]) == (3, 17)
    with pytest.raises(ValueError, match="no answers"):
        joined([], 1)
