"""A search's way over Dask workers into the study, MLflow and best.yaml; trainings only pretend."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import mlflow
import pytest
from click.testing import CliRunner
from distributed import Client, LocalCluster

from flows import search as flow
from flows import trying
from flows.cli import search as cli
from tasks import search as space
from tasks.errors import FermataError, ParamsError
from tasks.params import Params, Search, Tracking, load
from tasks.study import Asked
from tasks.trial import Outcome

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]
SPACE = {"train.optimiser.learning_rate": [0.0001, 1.0, "log"], "model.widths": {"choices": [[8], [8, 16]]}}
trials, finish = (cast(Any, one).__wrapped__ for one in (flow.trials, flow.finish))  # without Prefect tasks around


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0") as workers,
        Client(workers) as connected,
    ):
        yield connected


@pytest.fixture(scope="module")
def address(new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_store(tmp_path_factory.mktemp("store") / "mlflow.db")


def _params(address: str, **changed: Any) -> Params:
    return Params(search=Search(space=SPACE, **changed), tracking=Tracking(uri=address))


def _work(asked: Asked, job: trying.Job) -> Outcome:
    """The more channels the better; every third trial fails."""
    if asked.number % 3 == 2:
        return Outcome("failed", None, [], "the loss became nan")
    value = 0.1 * len(asked.values["model.widths"])
    rows = [{"epoch": epoch + 1.0, "val_accuracy": value} for epoch in range(2)]
    job.study().follow(asked.number, 1, value)
    return Outcome("complete", value, rows)


def test_trials_are_kept_logged_and_the_best_is_written(
    client: Client, address: str, prepared_folder: Path, tmp_path: Path
) -> None:
    job = flow.made(_params(address), prepared_folder, tmp_path)
    study = job.study()
    left = study.ask()  # a killed search was here
    assert study.rescue() == 1
    trials(client, job, study, 4, _work)
    summary = {"study": "fermata", **flow.summarise(study)}
    finish(job, summary)
    trials(client, job, study, 2, _work)  # more of them, in the same parent run

    assert (summary["trials"], summary["failed"]) == (4, 1)
    best = load(tmp_path / "best.yaml")
    assert best == space.configured(job.settings, summary["best"][0]["values"])
    assert (best.train.epochs, best.train.part) == (12, 1.0)
    store = mlflow.MlflowClient(address)
    (experiment,) = [one for one in store.search_experiments() if one.name == "fermata"]
    runs = store.search_runs([experiment.experiment_id])
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    nested = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(nested) == 6
    assert parent.data.metrics["best_val_accuracy"] == summary["best"][0]["accuracy"]
    again = next(run for run in nested if run.info.run_name == "trial-1")
    assert again.data.params["train.optimiser.learning_rate"] == str(left.values["train.optimiser.learning_rate"])
    assert len(store.get_metric_history(again.info.run_id, "val_accuracy")) == 2
    assert {run.info.status for run in nested} == {"FINISHED", "FAILED"}

    shown = cli.lines(summary)
    assert "learning_rate" in shown[1]
    assert "widths [8" in shown[1]


def test_a_search_without_a_complete_trial_says_so(
    client: Client, address: str, prepared_folder: Path, tmp_path: Path
) -> None:
    job = flow.made(_params(address, study="bad"), prepared_folder, tmp_path)
    study = job.study()
    trials(client, job, study, 2, lambda asked, job: Outcome("failed", None, [], "nan"))
    with pytest.raises(FermataError, match=r"of 2 trials none is complete \(0 pruned, 2 failed\)"):
        finish(job, {"study": "bad", **flow.summarise(study)})
    assert not (tmp_path / "best.yaml").exists()


def test_a_study_is_named_by_what_its_trials_share(address: str, prepared_folder: Path, tmp_path: Path) -> None:
    def key(params: Params) -> str:
        return flow.made(params, prepared_folder, tmp_path).key

    base = _params(address)
    assert key(base) == key(_params(address, trials=99, pruner="none"))
    assert len({key(base), key(_params(address, epochs=2)), key(_params(address, part=0.5))}) == 3
    narrow = base.model_copy(update={"search": Search(space={"model.dropout": [0.0, 0.5]})})
    assert key(narrow) != key(base)


def test_one_search_at_a_time_works_on_a_study(tmp_path: Path) -> None:
    with (
        flow.alone(tmp_path / "a.log"),
        pytest.raises(FermataError, match="another search works on"),
        flow.alone(tmp_path / "a.log"),
    ):
        raise AssertionError("both went in")
    with flow.alone(tmp_path / "a.log"), flow.alone(tmp_path / "b.log"):
        pass


def test_the_command_refuses_a_space_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("search: {space: {train.batch: {choices: [1]}}}")
    found = CliRunner().invoke(cli.command, ["--params", str(tmp_path / "params.yaml"), "--trials", "2"])
    assert isinstance(found.exception, ParamsError)
    assert "train.batch: no such parameter to search. Close to it: train.batch_size" in str(found.exception)


def test_jobs_travel_to_workers(address: str, prepared_folder: Path, tmp_path: Path) -> None:
    import pickle

    job = flow.made(_params(address), prepared_folder, tmp_path)
    assert pickle.loads(pickle.dumps(job)) == job
    assert dataclasses.replace(job, key="x").journal == tmp_path / "fermata.log"
