"""Folds that are trained, judged and kept; the training hands out one bundle that was trained before."""

import shutil
import statistics
from pathlib import Path
from typing import Any

import pytest
from prepared_faces import prepare
from tiny_training import TINY

from tasks import dataset, folds
from tasks.classify import Classifier
from tasks.errors import ParamsError
from tasks.folds import Fold
from tasks.params import Params


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("folded")
    split = TINY.prepare.split.model_copy(update={"folds": 3})
    prepare(TINY.data, TINY.prepare.model_copy(update={"split": split}), base / "work", base / "out")
    return base / "out"


def test_a_data_set_without_folds_is_refused(prepared_folder: Path, data: Path) -> None:
    assert folds.count(data) == 3
    with pytest.raises(ParamsError, match=r"prepare\.split\.folds: 0, .*--set prepare\.split\.folds=5"):
        folds.count(prepared_folder)


def test_the_name_is_that_of_the_recipe_and_not_of_the_fold(data: Path, prepared_folder: Path) -> None:
    longer = TINY.model_copy(update={"train": TINY.train.model_copy(update={"epochs": 2})})
    assert folds.key(TINY, data) == folds.key(folds.configured(TINY, 1), data)
    assert len({folds.key(TINY, data), folds.key(longer, data), folds.key(TINY, prepared_folder)}) == 3


def test_folds_are_judged_on_their_own_faces_and_kept(data: Path, bundle_folder: Path, tmp_path: Path) -> None:
    held: list[int] = []

    def fit(params: Params, data: Path, folder: Path, checkpoints: Path) -> None:
        held.append(params.train.fold)
        shutil.copytree(bundle_folder, folder, dirs_exist_ok=True)

    part = TINY.model_copy(update={"train": TINY.train.model_copy(update={"part": 0.5})})
    assert folds.finished(tmp_path, 0) is None
    found = [folds.run(fold, part, data, tmp_path, fit) for fold in range(3)]
    assert held == [0, 1, 2]
    assert [folds.finished(tmp_path, fold) for fold in range(3)] == found
    network = Classifier(bundle_folder)
    right = images = 0
    for name in ("training", "validation"):
        split = dataset.load(data, name, augmented=False)
        right += int((network.raw(split.images).argmax(axis=1) == split.labels).sum())
        images += len(split.labels)
    assert sum(one.images for one in found) == images
    assert sum(one.accuracy * one.images for one in found) == pytest.approx(right)
    assert sorted(path.name for path in tmp_path.glob("fold-*.images")) == []


def test_a_training_that_fails_leaves_no_result(data: Path, tmp_path: Path) -> None:
    def fit(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        folds.run(0, TINY, data, tmp_path, fit)
    assert folds.finished(tmp_path, 0) is None


def test_the_summary_agrees_with_the_standard_library() -> None:
    found = folds.summary([Fold(1, 10, 0.6, 0.4), Fold(0, 12, 0.5, 0.5), Fold(2, 11, 0.9, 0.3)])
    assert [one["fold"] for one in found["folds"]] == [0, 1, 2]
    assert found["accuracy"]["mean"] == pytest.approx(2 / 3)
    assert found["accuracy"]["sd"] == pytest.approx(statistics.stdev([0.6, 0.5, 0.9]))
    assert found["macro_f1"] == pytest.approx({"mean": 0.4, "sd": 0.1})
