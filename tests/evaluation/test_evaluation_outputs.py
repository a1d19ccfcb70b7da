import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from made_answers import CARD, made_answers, made_verdict

from tasks import files
from tasks.evaluation.answers import Copies, joined
from tasks.evaluation.mistakes import worst
from tasks.evaluation.outputs import write
from tasks.evaluation.result import metrics
from tasks.evaluation.sizes import SIDES
from tasks.evaluation.verdict import Gap, reach
from tasks.params import Evaluate

pytestmark = pytest.mark.chain


def test_metrics_hold_what_is_promised() -> None:
    found = metrics(made_verdict(), Evaluate(robustness=True, resamples=200), "public", "abc", Gap(10, 9), below=0.9)
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
    assert found["robustness"]["mean_by_severity"]["3"] == pytest.approx(0.7, abs=0.05)
    assert (found["truth"], found["votes"], found["rejects"]) == ("labels", None, None)
    assert found["prior"] == {"asked": "everyday", "name": "trained", "shares": None, "interval": None}
    assert found["coverage"]["accuracy_labelled"] > found["accuracy"] and 0 < found["coverage"]["labelled"] < 1
    assert sum(found["coverage"]["shares"].values()) == pytest.approx(1)
    assert found["coverage"]["by_size"] is None
    assert found["abstention"]["accuracy_at"]["0.5"] > found["accuracy"]
    assert sum(one["count"] for one in found["reliability"]) == 400
    assert set(found["slices"]) == {"class", "brightness", "camera"}


def test_a_few_images_of_one_class_are_enough(tmp_path: Path) -> None:
    verdict = reach(made_answers(2, classes=1), CARD, Evaluate())
    found = metrics(verdict, Evaluate(resamples=20), "public", "abc")
    json.dumps(found, allow_nan=False)
    write(tmp_path, found, verdict)
    assert not (tmp_path / "mistakes.png").exists()


def test_files_are_written_and_old_ones_taken_away(tmp_path: Path) -> None:
    answers = made_answers()
    sizes = Copies(np.repeat(answers.raw[:, None], len(SIDES), axis=1), np.ones((400, len(SIDES)), np.float32))
    verdict = reach(dataclasses.replace(answers, reduced=sizes), CARD, Evaluate())
    found = metrics(verdict, Evaluate(robustness=True, resamples=0), "public", "abc")
    assert found["intervals"] == {}
    mistakes = worst(verdict, 3)
    faces = {one.key: np.random.default_rng(1).integers(0, 256, (48, 48), np.uint8) for one in mistakes}
    write(tmp_path, found, verdict, mistakes, faces)
    assert files.read_json(tmp_path / "metrics.json") == found
    names = ("confusion", "roc", "precision-recall", "reliability", "risk-coverage", "robustness", "sizes", "mistakes")
    for name in names:
        picture = cv2.imread(str(tmp_path / f"{name}.png"))
        assert picture is not None
        assert picture.std() > 10
    assert pd.read_csv(tmp_path / "mistakes.csv")["key"].tolist() == [one.key for one in mistakes]
    failures = pd.read_csv(tmp_path / "failures.csv", keep_default_na=False)
    assert failures.values.tolist() == [["bad", "", "undecodable", "cut, off"]]
    doubted = pd.read_csv(tmp_path / "label-errors.csv")
    assert doubted.columns.tolist() == ["key", "given", "suggested", "confidence", "margin"]
    assert (doubted["given"] != doubted["suggested"]).all()
    plain = reach(dataclasses.replace(answers, damaged=Copies.none(answers.raw)), CARD, Evaluate())
    again = metrics(plain, Evaluate(resamples=0), "public", "abc")
    write(tmp_path, again, plain)
    assert again["robustness"] is None
    for name in ("robustness", "sizes", "mistakes"):
        assert not (tmp_path / f"{name}.png").exists()


def test_mistakes_are_told_by_confidence_then_key() -> None:
    verdict = made_verdict()
    found = worst(verdict, 400)
    assert len(found) == (verdict.probabilities.argmax(axis=1) != verdict.answers.labels).sum()
    assert [(-one.confidence, one.key) for one in found] == sorted((-one.confidence, one.key) for one in found)
    assert worst(verdict, 5) == found[:5]


def test_parts_join_in_order() -> None:
    first, second = made_answers(4, 1), made_answers(6, 2)
    empty = dataclasses.replace(
        first, keys=[], labels=first.labels[:0], raw=first.raw[:0], alone=first.raw[:0],
        damaged=Copies.none(first.raw[:0]), reduced=Copies.none(first.raw[:0]), hashes=first.hashes[:0], measures={},
        groups={},
    )  # fmt: skip
    both = joined([empty, first, second])
    assert both.keys == first.keys + second.keys
    assert (both.raw[4:] == second.raw).all()
    assert both.alone is both.raw
    assert len(both.measures["brightness"]) == len(both.groups["camera"]) == 10
    assert both.damaged.raw.shape == (10, 30, 7)
    assert (len(both.failures), both.seen["test"]) == (3, 17)
    with pytest.raises(ValueError, match="no answers"):
        joined([])


def test_some_of_them_are_whole_answers() -> None:
    answers = dataclasses.replace(made_answers(6), votes=np.arange(60, dtype=np.int16).reshape(6, 10))
    rows = np.array([True, False, True, False, False, True])
    some = answers.at(rows)
    assert some.keys == ["k1-0", "k1-2", "k1-5"]
    assert some.alone is some.raw and (some.raw == answers.raw[rows]).all()
    assert some.votes is not None and some.votes[:, 0].tolist() == [0, 20, 50]
    assert some.groups == {"camera": ["left", "left", "right"]}
    assert len(some.measures["brightness"]) == len(some.damaged.sharpness) == 3
    assert some.failures == answers.failures
    assert answers.at(np.ones(6, np.bool_)) is answers
