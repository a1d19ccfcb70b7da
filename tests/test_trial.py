"""A trial of a search, with trainings that only pretend."""

from pathlib import Path
from typing import Any

import pytest

from tasks import search, train, trial
from tasks.errors import TrainingError
from tasks.params import ModelParams, Params, Search, Train
from tasks.training import checkpoint

PARAMS = search.trial(Params(search=Search(epochs=3, part=1.0)), {})


def _fit(accuracies: list[float], before: int = 0) -> Any:
    """A training that goes on after ``before`` epochs, and may not come to its end."""

    def fit(params: Params, data: Path, folder: Path, on_epoch: Any, checkpoints: Path) -> None:
        for at, accuracy in list(enumerate(accuracies))[before:]:
            (checkpoints / "mark").parent.mkdir(parents=True, exist_ok=True)
            (checkpoints / "mark").touch()
            on_epoch({"epoch": at + 1.0, "val_accuracy": accuracy})
        raise AssertionError("the bundle would be exported")

    return fit


def test_a_trial_ends_with_its_last_epoch_and_leaves_nothing(prepared_folder: Path, tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []

    def follow(step: int, value: float) -> bool:
        told.append((step, value))
        return False

    found = trial.run(PARAMS, prepared_folder, tmp_path / "one", follow, _fit([0.2, 0.6, 0.5]))
    assert (found.state, found.value, len(found.rows)) == ("complete", 0.6, 3)
    assert told == [(1, 0.2), (2, 0.6), (3, 0.5)]
    assert not (tmp_path / "one").exists()


def test_a_trial_that_falls_behind_is_pruned(prepared_folder: Path, tmp_path: Path) -> None:
    found = trial.run(PARAMS, prepared_folder, tmp_path / "one", lambda step, _: step == 2, _fit([0.2, 0.1, 0.9]))
    assert (found.state, found.value, len(found.rows)) == ("pruned", 0.2, 2)


def test_after_the_last_epoch_nothing_is_pruned(prepared_folder: Path, tmp_path: Path) -> None:
    found = trial.run(PARAMS, prepared_folder, tmp_path / "one", lambda step, _: step == 3, _fit([0.2, 0.1, 0.3]))
    assert (found.state, found.value) == ("complete", 0.3)


def test_a_killed_trial_goes_on_with_the_epochs_that_it_has(prepared_folder: Path, tmp_path: Path) -> None:
    state = checkpoint.State(epoch=1, history=[{"epoch": 1.0, "val_accuracy": 0.7}])
    checkpoint.write(tmp_path / "one" / train.key(PARAMS, prepared_folder), state)
    steps: list[int] = []
    follow = lambda step, _: bool(steps.append(step))  # type: ignore[func-returns-value] # noqa: E731
    found = trial.run(PARAMS, prepared_folder, tmp_path / "one", follow, _fit([0.7, 0.3, 0.4], before=1))
    assert (found.value, [row["epoch"] for row in found.rows], steps) == (0.7, [1.0, 2.0, 3.0], [1, 2, 3])


def test_a_loss_that_is_no_number_is_an_answer(prepared_folder: Path, tmp_path: Path) -> None:
    def fit(*_: Any, **__: Any) -> None:
        raise TrainingError("train: the loss became nan")

    found = trial.run(PARAMS, prepared_folder, tmp_path / "one", lambda *_: False, fit)
    assert (found.state, found.value, found.error) == ("failed", None, "train: the loss became nan")


def test_other_errors_end_the_search(prepared_folder: Path, tmp_path: Path) -> None:
    def fit(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        trial.run(PARAMS, prepared_folder, tmp_path / "one", lambda *_: False, fit)


@pytest.mark.chain
def test_a_real_training_is_followed_and_ended(prepared_folder: Path, tmp_path: Path) -> None:
    params = Params(
        model=ModelParams(architecture="resnet", stem=4, widths=(4,), blocks=(1,)),
        train=Train(epochs=1, batch_size=16, precision="float32"),
    )
    seen: list[float] = []
    found = trial.run(params, prepared_folder, tmp_path / "one", lambda _, value: bool(seen.append(value)))  # type: ignore[func-returns-value]
    assert found.state == "complete"
    assert found.value == seen[0]
    assert 0 <= seen[0] <= 1
    assert not (tmp_path / "one").exists()
