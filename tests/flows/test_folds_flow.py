"""What a cross-validation leaves in MLflow and shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import mlflow
import pytest

from flows import folds as flow
from flows.cli import folds as cli
from tasks import folds
from tasks.params import Params, Tracking

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]
RESULT: dict[str, Any] = folds.summary([folds.Fold(0, 1234, 0.5, 0.4), folds.Fold(1, 1200, 0.7, 0.5)])


def test_folds_are_runs_below_one_and_logged_once(new_store: Callable[[Path], str], tmp_path: Path) -> None:
    address = new_store(tmp_path / "mlflow.db")
    log = cast(Any, flow.log).__wrapped__  # without a Prefect task around it
    for _ in range(2):
        log(Params(tracking=Tracking(uri=address)), "0123456789abcdef", RESULT)
    store = mlflow.MlflowClient(address)
    runs = store.search_runs([one.experiment_id for one in store.search_experiments()])
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert parent.data.metrics["accuracy.mean"] == pytest.approx(0.6)
    assert parent.info.status == "FINISHED"
    nested = {run.info.run_name: run.data.metrics["accuracy"] for run in runs if run is not parent}
    assert (nested, len(runs)) == ({"fold-0": 0.5, "fold-1": 0.7}, 3)


def test_the_table_has_a_line_per_fold_and_the_spread() -> None:
    shown = [line.split() for line in cli.lines({"key": "k", **RESULT})]
    assert shown[1:] == [
        ["0", "1,234", "0.5000", "0.4000"],
        ["1", "1,200", "0.7000", "0.5000"],
        ["mean", "0.6000", "0.4500"],
        ["sd", "0.1414", "0.0707"],
    ]
