"""The registry against a server as one would run it: users, PostgreSQL, an S3 store."""

import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from commands import ROOT
from mlflow_server import PASSWORD, Mlflow
from postgres_server import Postgres
from registered import FACTS, add, decision, promotions
from test_registry_turn import Wants
from tiny_training import Training

from tasks import bundle
from tasks.errors import RegistryError
from tasks.params import Tracking
from tasks.registry import CANDIDATE, CHAMPION, Registry
from tasks.registry_errors import AwayError

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]


def test_a_training_is_registered_promoted_and_fetched(
    mlflow_server: Mlflow, training: Training, tmp_path: Path
) -> None:
    registry = promotions(mlflow_server.address)
    version = registry.register(training.params, training.trained, training.folder, "train", "token-1")
    assert registry.find(CANDIDATE) == version
    again = registry.register(training.params, training.trained, training.folder, "train", "token-1")
    assert again == version
    with registry.turn("promote", version) as turn:
        registry.record(turn, version, decision(True), None, FACTS)
    champion = registry.find(CHAMPION)
    assert champion is not None and champion.tags["promotion.decision"] == "promoted"
    place = registry.fetch(champion, tmp_path)
    assert bundle.read_card(place) == training.trained.card
    run = mlflow.MlflowClient(mlflow_server.address, mlflow_server.address).get_run(version.run_id)
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")


def test_of_two_promotions_at_once_on_postgresql_one_wins(mlflow_server: Mlflow) -> None:
    add(promotions(mlflow_server.address, "two"), mlflow_server.address, "two")
    running = [Wants(mlflow_server.address, "two") for _ in range(2)]
    assert [one.hear() for one in running] == ["ready"] * 2
    for one in running:
        one.tell()
    said = [one.hear() for one in running]
    assert sorted(line == "mine" for line in said) == [False, True], said
    for one in running:
        one.communicate("\n", timeout=60)


@pytest.mark.parametrize(("user", "password"), [("admin", "a-wrong-one"), ("nobody", PASSWORD), (None, None)])
def test_wrong_or_missing_credentials_are_one_line_without_them(
    mlflow_server: Mlflow, monkeypatch: pytest.MonkeyPatch, user: str | None, password: str | None
) -> None:
    for name, value in (("USERNAME", user), ("PASSWORD", password)):
        if value is None:
            monkeypatch.delenv(f"MLFLOW_TRACKING_{name}")
        else:
            monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    with pytest.raises(RegistryError, match=r"refused the credentials\. Set MLFLOW_TRACKING_USERNAME and") as raised:
        Registry(Tracking(), mlflow_server.address).find(CHAMPION)
    assert mlflow_server.address in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not password or password not in str(raised.value)


def test_a_password_in_the_address_is_not_told(mlflow_server: Mlflow) -> None:
    address = mlflow_server.address.replace("http://", "http://admin:a-wrong-one@")
    with pytest.raises(RegistryError, match="refused the credentials") as raised:
        Registry(Tracking(), address).find(CHAMPION)
    assert "a-wrong-one" not in str(raised.value)


def test_a_host_name_that_is_not_allowed_is_told(mlflow_server: Mlflow) -> None:
    with pytest.raises(RegistryError, match="doesn't serve that host name") as raised:
        Registry(Tracking(), mlflow_server.address.replace("127.0.0.1", "localhost")).find(CHAMPION)
    assert "--allowed-hosts" in str(raised.value)


def test_commands_tell_it_in_a_line_and_log_no_secret(mlflow_server: Mlflow, tmp_path: Path) -> None:
    def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": mlflow_server.address} | more
        return subprocess.run(
            [sys.executable, "-m", "flows.cli", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    told = run("models", "history")
    assert told.returncode == 0, told.stderr
    assert "emotion v1" in told.stdout
    wrong = run("models", "history", MLFLOW_TRACKING_PASSWORD="a-wrong-one")
    assert wrong.returncode == 1
    assert wrong.stderr.count("\n") == 1
    assert "refused the credentials" in wrong.stderr
    for said in (told.stdout + told.stderr, wrong.stdout + wrong.stderr, mlflow_server.log.read_text()):
        assert PASSWORD not in said
        assert "a-wrong-one" not in said


def test_a_server_that_is_away_and_one_whose_database_is(mlflow_server: Mlflow, postgres_server: Postgres) -> None:
    registry = Registry(Tracking(), mlflow_server.address)
    postgres_server.stop()
    try:
        with pytest.raises(RegistryError) as raised:
            registry.find(CHAMPION)
        assert "\n" not in str(raised.value)
    finally:
        postgres_server.start()
    assert registry.find(CHAMPION) is not None
    mlflow_server.stop()
    try:
        with pytest.raises(AwayError, match="does not answer"):
            registry.find(CHAMPION)
    finally:
        mlflow_server.start()
    assert registry.find(CHAMPION) is not None
