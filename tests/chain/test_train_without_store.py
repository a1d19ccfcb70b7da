"""A store that goes away while a network is trained: what was trained is kept, and registered when it is back."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import mlflow
import pytest
import yaml
from commands import Cli
from mlflow_server import Mlflow
from postgres_server import Postgres
from tiny_training import TINY, Training

from flows import fitting
from flows import train as flow
from tasks import bundle, files, origin, unregistered
from tasks.errors import RegistryError, UsageError
from tasks.params import Params

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]
register = cast(Any, flow.register).__wrapped__  # without a Prefect task around


@pytest.fixture
def project(prepared_folder: Path, tmp_path: Path) -> Path:
    """A folder to train in."""
    shutil.copytree(prepared_folder, tmp_path / "data" / "prepared")
    settings = TINY.model_dump(mode="json")
    settings["tracking"]["patience"] = 90.0
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings))
    return tmp_path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mlflow]:
    made = Mlflow(tmp_path, f"sqlite:///{tmp_path / 'server.db'}", str(tmp_path / "artifacts"))
    made.start()
    yield made
    made.stop()


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_a_server_that_is_away_when_the_training_ends_and_comes_back(
    seconds: float, project: Path, server: Mlflow, environment: dict[str, str]
) -> None:
    said = []
    with subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "train"],
        cwd=project, env=environment | {"MLFLOW_TRACKING_URI": server.address}, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        while not list(project.glob("out/checkpoints/*/checkpoint.npz")) and running.poll() is None:
            time.sleep(0.05)
        server.stop()  # after the last epoch, before the network is exported
        for line in running.stderr:
            said.append(line)
            if "trying again" in line:
                # Kept before the store is asked for the first time.
                assert bundle.read_card(project / "out/model").architecture == "cnn5"
                assert len(unregistered.waiting(project / "out/unregistered")) == 1
                time.sleep(seconds)
                server.start()
    assert running.returncode == 0, said
    waited = [line for line in said if "does not answer" in line]
    assert len(waited) == 1
    assert "Traceback" not in "".join(said)
    client = mlflow.MlflowClient(server.address, server.address)
    (version,) = client.search_model_versions("name = 'emotion'")
    assert files.read_json(project / "out/registered.json")["run_id"] == version.run_id
    assert client.get_run(version.run_id).info.status == "FINISHED"
    assert unregistered.waiting(project / "out/unregistered") == []


def _kept(training: Training, place: Path, data: Path) -> unregistered.Kept:
    copy = place.parent / "copy"
    shutil.copytree(training.folder, copy)
    return unregistered.keep(place, training.params, training.trained, copy, "train", origin.of(data, data.parent))


def test_a_store_that_stays_away_is_told_in_a_line_with_the_way_on(
    training: Training, prepared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    kept = _kept(training, tmp_path / "waiting" / "one", prepared_folder)
    away = Params.model_validate({"tracking": {"uri": "http://127.0.0.1:9", "patience": 1.5}})
    started = time.monotonic()
    with pytest.raises(RegistryError) as raised:
        register(kept, away, lambda address: fitting.log(kept.place, away, address))
    assert 1.0 < time.monotonic() - started < 30
    assert str(raised.value) == (
        "tracking: 'http://127.0.0.1:9' does not answer (Connection refused). Start it, or set tracking.uri. "
        f"The training is kept in '{kept.place}'. When the store is back: fermata models register"
    )
    back = Params.model_validate({"tracking": {"uri": f"sqlite:///{tmp_path / 'mlflow.db'}"}})
    version = fitting.log(kept.place, back, back.tracking.uri)
    assert fitting.log(kept.place, back, back.tracking.uri) == version  # a second try finds the first one's
    run = mlflow.MlflowClient(back.tracking.uri, back.tracking.uri).get_run(version.run_id)
    assert run.data.params["train.epochs"] == "1"
    assert run.data.tags["data_folder_digest"] == files.read_json(prepared_folder / "manifest.json")["digest"]
    again = unregistered.read(kept.place)
    assert again.params == training.params
    assert again.trained == training.trained


@pytest.mark.long
def test_a_database_that_crashes_under_the_server_and_starts_again(
    training: Training, prepared_folder: Path, tmp_path: Path, postgres_server: Postgres
) -> None:
    server = Mlflow(tmp_path, postgres_server.database(driver="psycopg"), str(tmp_path / "artifacts"))
    server.start()
    kept = _kept(training, tmp_path / "waiting" / "one", prepared_folder)
    used = Params.model_validate({"tracking": {"uri": server.address, "patience": 60.0}})
    postgres_server.stop(crash=True)
    back = threading.Timer(3.0, postgres_server.start)
    back.start()
    try:
        version = register(kept, used, lambda address: fitting.log(kept.place, used, address))
        client = mlflow.MlflowClient(server.address, server.address)
        assert client.get_run(version.run_id).info.status == "FINISHED"
        assert [found.version for found in client.search_model_versions("name = 'emotion'")] == ["1"]
    finally:
        back.join()
        server.stop()


def test_a_run_that_broke_off_is_taken_away_by_the_next_try(
    training: Training, new_store: Callable[[Path], str], tmp_path: Path
) -> None:
    from tasks.registry import Registry

    address = new_store(tmp_path / "mlflow.db")
    registry = Registry(TINY.tracking, address)
    broken = tmp_path / "broken"
    shutil.copytree(training.folder, broken)
    (broken / bundle.KERAS).write_bytes(b"half")  # the first try ends after the bundle, before the network
    with pytest.raises(UsageError, match="does not load as a Keras network"):
        registry.register(training.params, training.trained, broken, "train", "token")
    version = registry.register(training.params, training.trained, training.folder, "train", "token")
    client = mlflow.MlflowClient(address, address)
    experiment = client.get_experiment_by_name("fermata").experiment_id
    assert [run.info.run_id for run in client.search_runs([experiment])] == [version.run_id]


def test_models_register_with_nothing_to_do_and_with_what_is_none(cli: Cli, tmp_path: Path) -> None:
    done = cli("models", "register", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "no training waits to be registered\n")
    (tmp_path / "empty").mkdir()
    refused = cli("models", "register", "empty", cwd=tmp_path)
    assert refused.returncode == 2
    assert "no training that waits to be registered" in refused.stderr
    assert not list((tmp_path / "empty").iterdir())
