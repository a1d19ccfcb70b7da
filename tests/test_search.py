"""What may be searched, and what a trial is trained by."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tasks import search
from tasks.errors import ParamsError
from tasks.params import Params, Search, load, parse


def _params(**space: Any) -> Params:
    return Params(search=Search(space={name.replace("__", "."): wanted for name, wanted in space.items()}))


def test_the_shipped_space_can_be_searched() -> None:
    found = search.space(Params())
    assert found["train.optimiser.learning_rate"] == search.Range(0.0005, 0.02, log=True, whole=False)
    assert found["train.batch_size"] == search.Choice(("32", "64", "128"))


def test_ranges_are_whole_where_the_parameter_is() -> None:
    found = search.space(_params(train__batch_size=[16, 64], train__augment__rotation=[0, 20]))
    assert found == {
        "train.batch_size": search.Range(16, 64, log=False, whole=True),
        "train.augment.rotation": search.Range(0, 20, log=False, whole=False),
    }


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"train.learning_rate": [0.1, 0.2]}, r"train\.learning_rate: no such .* train\.optimiser\.learning_rate"),
        ({"train.batchsize": [1, 2]}, r"no such parameter to search\. Close to it: train\.batch_size"),
        ({"score.fps": [1.0, 2.0]}, r"score\.fps: no such parameter to search"),
        ({"train.epochs": [1, 2]}, r"train\.epochs: is set by the search"),
        ({"train.optimiser": [1, 2]}, r"train\.optimiser: no such parameter"),
        ({"train.loss.name": [1, 2]}, r"train\.loss\.name: received \[1, 2\], it takes no range"),
        ({"train.batch_size": [0, 64]}, r"search\.space: train\.batch_size: received 0, .*greater than or equal to 1"),
        ({"train.batch_size": [1.5, 64]}, r"train\.batch_size: received 1\.5, expected a whole number"),
        ({"model.architecture": {"choices": ["cnn5", "cnn6"]}}, r"model\.architecture: received 'cnn6'"),
        ({}, r"nothing to search"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(space: dict[str, Any], said: str) -> None:
    with pytest.raises(ParamsError, match=said):
        search.space(Params(search=Search(space=space)))


@pytest.mark.parametrize(
    "wanted",
    [[1], [2, 1], [1, 1], [0, 1, "log"], [1, 2, "linear"], [1, 2, "log", 3], [True, 2], "1-2", 3, {"choices": []},
     {"choices": [1], "log": True}, {"choices": 3}],
)  # fmt: skip
def test_a_range_that_is_none_is_refused_when_params_are_read(wanted: Any) -> None:
    with pytest.raises(ParamsError, match=r"search\.space: received .*train\.batch_size is .*: expected \[LOW, HIGH\]"):
        parse({"search": {"space": {"train.batch_size": wanted}}})


def test_a_trial_is_short_and_changes_nothing_else() -> None:
    params = _params(train__optimiser__learning_rate=[0.001, 0.1, "log"], model__widths={"choices": [[8], [8, 16]]})
    found = search.trial(params, {"train.optimiser.learning_rate": 0.05, "model.widths": [8, 16]})
    assert (found.train.epochs, found.train.part) == (params.search.epochs, params.search.part)
    assert (found.train.optimiser.learning_rate, found.model.widths) == (0.05, (8, 16))
    back = {
        "train.optimiser.learning_rate": 0.002,
        "model.widths": [48, 96, 192],
        "train.epochs": 12,
        "train.part": 1.0,
    }
    assert search.configured(found, back) == params


def test_values_are_those_of_the_parameters() -> None:
    space = search.space(_params(model__widths={"choices": [[8], [8, 16]]}, train__batch_size=[16, 64]))
    drawn = {"model.widths": "[8, 16]", "train.batch_size": 20, "of.an.older.study": 1}
    assert search.values(space, drawn) == {"model.widths": [8, 16], "train.batch_size": 20}


def test_params_that_were_searched_can_be_written_and_read(tmp_path: Any) -> None:
    found = search.configured(Params(), {"train.optimiser.learning_rate": 1.5e-05, "model.widths": [8, 16]})
    (tmp_path / "best.yaml").write_text(yaml.safe_dump(found.model_dump(mode="json")))
    assert load(tmp_path / "best.yaml") == found


@given(st.floats(0, 0.99), st.integers(1, 4096))
def test_configured_is_undone_by_the_values_before(dropout: float, batch: int) -> None:
    found = search.configured(Params(), {"model.dropout": dropout, "train.batch_size": batch})
    assert (found.model.dropout, found.train.batch_size) == (dropout, batch)
    assert search.configured(found, {"model.dropout": 0.1, "train.batch_size": 32}) == Params()
