"""A study that is killed, goes on, prunes and chooses; its trials are made up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks import search, study
from tasks.errors import ParamsError
from tasks.params import Params, Search
from tasks.study import Asked, Study
from tasks.trial import Outcome

SPACE = {"train.optimiser.learning_rate": [0.0001, 1.0, "log"], "train.batch_size": {"choices": [8, 64]}}


def _open(path: Path, key: str = "k", **changed: Any) -> Study:
    params = Params(search=Search(space=SPACE, **changed))
    return Study(path, params.search, search.space(params), key)


def _complete(value: float) -> Outcome:
    return Outcome("complete", value, [{"epoch": 1.0, "val_accuracy": value}])


def _hill(asked: Asked) -> float:
    """Best at a learning rate of 0.01."""
    import math

    return 1 - abs(math.log10(asked.values["train.optimiser.learning_rate"]) + 2) / 4


def _run(found: Study, trials: int, value: Callable[[Asked], float] = _hill) -> list[Asked]:
    asked = []
    for _ in range(trials):
        asked.append(found.ask())
        found.tell(asked[-1].number, _complete(value(asked[-1])))
    return asked


def test_values_are_within_the_space_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two = _run(_open(tmp_path / "a.log"), 12), _run(_open(tmp_path / "b.log"), 12)
    assert one == two
    assert all(0.0001 <= asked.values["train.optimiser.learning_rate"] <= 1 for asked in one)
    assert {asked.values["train.batch_size"] for asked in one} == {8, 64}
    assert one != _run(_open(tmp_path / "c.log", seed=2), 12)


def test_a_study_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    whole = _run(_open(tmp_path / "a.log"), 13)
    assert _run(_open(tmp_path / "b.log"), 6) + _run(_open(tmp_path / "b.log"), 7) == whole


def test_the_search_finds_the_hill(tmp_path: Path) -> None:
    found = _open(tmp_path / "a.log")
    _run(found, 40)
    top = study.best(found.tried())
    assert top[0].value is not None
    assert top[0].value > 0.95
    assert [one.value for one in top] == sorted((one.value or 0 for one in found.tried()), reverse=True)
    assert next(iter(found.importance())) == "train.optimiser.learning_rate"


def test_trials_that_a_kill_left_are_run_again_with_their_values(tmp_path: Path) -> None:
    first = _open(tmp_path / "a.log")
    _run(first, 2)
    left = [first.ask(), first.ask()]
    first.follow(left[0].number, 1, 0.5)
    second = _open(tmp_path / "a.log")
    assert second.rescue() == 2
    again = [second.ask(), second.ask()]
    assert [(one.began, one.values) for one in again] == [(one.number, one.values) for one in left]
    assert [one.number for one in again] == [4, 5]
    third = _open(tmp_path / "a.log")  # killed once more: still the folder of the first trial
    assert third.rescue() == 2
    assert [third.ask().began for _ in range(2)] == [2, 3]
    assert third.rescue() == 2
    assert len(third.tried()) == 2


def test_a_failed_trial_counts_and_is_not_run_again(tmp_path: Path) -> None:
    found = _open(tmp_path / "a.log")
    found.tell(found.ask().number, Outcome("failed", None, [], "the loss became nan"))
    assert _open(tmp_path / "a.log").rescue() == 0
    (one,) = found.tried()
    assert (one.state, one.value) == ("failed", None)
    assert study.best([one]) == []


@pytest.mark.parametrize(("pruner", "pruned"), [("median", True), ("none", False)])
def test_a_trial_behind_the_median_is_pruned(tmp_path: Path, pruner: str, pruned: bool) -> None:
    found = _open(tmp_path / "a.log", pruner=pruner)
    for _ in range(study.WARM_UP):
        asked = found.ask()
        assert not any(found.follow(asked.number, step, 0.5) for step in (1, 2, 3))
        found.tell(asked.number, _complete(0.5))
    worker = _open(tmp_path / "a.log", pruner=pruner)  # of another process
    asked = found.ask()
    assert not worker.follow(asked.number, 1, 0.1)  # too early
    assert worker.follow(asked.number, 2, 0.1) is pruned
    assert worker.follow(asked.number, 2, 0.9) is pruned  # told again: the first word holds


def test_hyperband_takes_part(tmp_path: Path) -> None:
    found = _open(tmp_path / "a.log", pruner="hyperband", epochs=9)
    ends = 0
    for trial in range(12):
        asked = found.ask()
        step = next((step for step in range(1, 10) if found.follow(asked.number, step, 1 - 0.08 * trial)), 0)
        ends += bool(step)
        found.tell(asked.number, Outcome("pruned", 0.1, []) if step else _complete(1 - 0.08 * trial))
    assert ends > 0
    assert len(found.tried()) == 12


def test_a_study_of_something_else_is_refused(tmp_path: Path) -> None:
    _open(tmp_path / "a.log")
    with pytest.raises(ParamsError, match=r"'fermata' in .*a\.log searched other data.*search\.study=fermata-2"):
        _open(tmp_path / "a.log", key="other")


def test_a_journal_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("no journal\n{}\n")
    with pytest.raises(ParamsError, match=r"a\.log: damaged"):
        _open(tmp_path / "a.log")


def test_importance_waits_for_enough_trials(tmp_path: Path) -> None:
    found = _open(tmp_path / "a.log")
    _run(found, 2)
    assert found.importance() == {}
    _run(found, 6, lambda _: 0.5)
    assert set(found.importance()) == set(SPACE)
