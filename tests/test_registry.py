"""On a real MLflow with an SQLite store of the test's own."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from tiny_training import Training

from tasks import bundle, evaluate, files, locate, trained_on
from tasks.errors import RegistryError
from tasks.params import Params, Tracking
from tasks.registry import CANDIDATE, CHAMPION, Registry, Version
from tasks.registry_address import uri

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]

METRICS = evaluate.measure(np.eye(7, dtype=np.float32), np.arange(7)) | {"split": "public", "data_digest": "abc"}


@dataclass(frozen=True)
class Store:
    address: str
    registry: Registry
    first: Version
    evaluation: Path


@pytest.fixture(scope="module")
def store(training: Training, new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One registered training with its evaluation."""
    home = tmp_path_factory.mktemp("store")
    address = new_store(home / "made" / "mlflow.db")
    registry = Registry(Tracking(), address)
    first = registry.register(training.params, training.trained, training.folder, "train-stage")
    evaluate.write(home / "evaluation", METRICS, list("abcdefg"), np.arange(7), np.eye(7, dtype=np.float32))
    registry.log_evaluation(first.run_id, METRICS, home / "evaluation")
    return Store(address, registry, first, home / "evaluation")


def _run(store: Store) -> Any:
    return mlflow.MlflowClient(store.address).get_run(store.first.run_id)


def test_the_address_is_from_params_then_the_environment_then_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://other")
    assert uri(Tracking(uri="http://mine"), tmp_path) == "http://mine"
    assert uri(Tracking(), tmp_path) == "http://other"
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert uri(Tracking(), tmp_path) == f"sqlite:///{tmp_path.resolve()}/out/mlflow.db"


def test_a_training_becomes_a_candidate_with_its_digests(store: Store, training: Training) -> None:
    card = training.trained.card
    assert (store.first.name, store.first.number, store.first.label) == ("emotion", "1", "emotion v1")
    assert store.first.tags["digest"] == card.digest
    assert store.first.tags["data_digest"] == card.data_digest
    found = store.registry.find(CANDIDATE)
    assert found is not None
    assert (found.number, found.run_id) == ("1", store.first.run_id)


def test_the_run_holds_params_tags_and_curves(store: Store, training: Training) -> None:
    run, card = _run(store), training.trained.card
    assert run.info.status == "FINISHED"
    assert run.data.params["train.epochs"] == "1"
    assert run.data.params["train.augment.rotation"] == "10.0"
    assert run.data.params["data.synthetic.per_class"] == "15"
    assert run.data.params["train.precision_used"] == "float32"
    assert {group.split(".")[0] for group in run.data.params} == {"data", "prepare", "model", "train"}
    assert run.data.tags["data_digest"] == card.data_digest
    assert run.data.tags["dvc_stage"] == "train-stage"
    assert run.data.tags["git_revision"] == (card.git_revision or "none")
    assert run.data.tags["model_digest"] == card.digest
    assert run.data.tags["synthetic"] == "true"
    assert run.data.metrics["litert_parity"] == pytest.approx(card.parity)
    assert run.data.metrics["temperature"] == pytest.approx(card.temperature)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
        (point,) = mlflow.MlflowClient(store.address).get_metric_history(store.first.run_id, name)
        assert (point.step, point.value) == (1, pytest.approx(training.trained.history[0][name]))


def test_the_artifacts_are_the_bundle_and_the_model(store: Store, training: Training, tmp_path: Path) -> None:
    client = mlflow.MlflowClient(store.address)
    kept = {item.path for item in client.list_artifacts(store.first.run_id, "bundle")}
    assert kept == {f"bundle/{name}" for name in (bundle.CARD, bundle.KERAS, bundle.LITERT, trained_on.NAME)}
    got = client.download_artifacts(store.first.run_id, "class_weights.json", str(tmp_path))
    assert json.loads(Path(got).read_text()) == training.trained.class_weights
    # Beside the database, whatever the current folder is.
    assert store.evaluation.parent.joinpath("made", "mlartifacts").is_dir()


def test_the_model_has_a_signature_an_example_and_predicts(store: Store, training: Training) -> None:
    mlflow.set_tracking_uri(store.address)
    mlflow.set_registry_uri(store.address)
    info = mlflow.models.get_model_info(f"models:/emotion/{store.first.number}")
    assert info.signature.inputs.inputs[0].shape == (-1, 48, 48, 3)
    assert info.signature.outputs.inputs[0].shape == (-1, 7)
    assert info.saved_input_example_info is not None
    network = mlflow.keras.load_model(f"models:/emotion@{CANDIDATE}")
    faces = np.random.default_rng(0).uniform(0, 255, (2, 48, 48, 3)).astype(np.float32)
    import keras

    expected = keras.saving.load_model(training.folder / bundle.KERAS, compile=False).predict(faces, verbose=0)
    assert network.predict(faces, verbose=0) == pytest.approx(expected, abs=1e-6)


def test_an_evaluation_adds_figures_and_the_confusion_as_picture_and_data(store: Store, tmp_path: Path) -> None:
    run, client = _run(store), mlflow.MlflowClient(store.address)
    assert run.data.metrics["evaluation.accuracy"] == 1
    assert run.data.metrics["evaluation.per_class.fear.recall"] == 1
    assert run.data.tags["evaluation.split"] == "public"
    assert run.data.tags["evaluation.data_digest"] == "abc"
    kept = {item.path for item in client.list_artifacts(store.first.run_id, "evaluation")}
    assert kept == {f"evaluation/{name}" for name in ("confusion.png", "metrics.json", "predictions.csv")}
    data = json.loads(Path(client.download_artifacts(store.first.run_id, "confusion.json", str(tmp_path))).read_text())
    assert data == {"labels": METRICS["labels"], "counts": METRICS["confusion"]}


def test_models_are_resolved_by_alias_and_number(store: Store) -> None:
    assert store.registry.resolve(f"models:/emotion@{CANDIDATE}").number == "1"
    assert store.registry.resolve("models:/emotion/1").run_id == store.first.run_id


@pytest.mark.parametrize(
    "model",
    ["models:/emotion@nobody", "models:/other@champion", "models:/emotion/99", "models:/emotion/x", "models:/emotion",
     "models:/", "models:/other/1"],
)  # fmt: skip
def test_a_model_that_is_not_there_is_a_registry_error(store: Store, model: str) -> None:
    with pytest.raises(RegistryError, match="model: ") as raised:
        store.registry.resolve(model)
    assert store.address in str(raised.value)


def test_an_unknown_alias_is_none_and_an_unknown_version_an_error(store: Store) -> None:
    assert store.registry.find("nobody") is None
    assert Registry(Tracking(model_name="other"), store.address).find(CHAMPION) is None
    with pytest.raises(RegistryError, match="no version 7"):
        store.registry.version("7")


def test_a_server_that_does_not_answer_is_a_registry_error(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    try:
        with pytest.raises(RegistryError, match="does not answer"):
            Registry(Tracking(), "http://127.0.0.1:9").find(CHAMPION)
    finally:
        Registry(Tracking(), store.address)


def test_a_bundle_is_fetched_once_and_checked(store: Store, bundle_folder: Path, tmp_path: Path) -> None:
    place = store.registry.fetch(store.first, tmp_path)
    assert place == tmp_path / store.first.tags["digest"]
    assert bundle.read_card(place) == bundle.read_card(bundle_folder)
    assert files.sha256(place / bundle.KERAS) == files.sha256(bundle_folder / bundle.KERAS)
    (place / "mine").write_text("")
    assert store.registry.fetch(store.first, tmp_path) == place
    assert (place / "mine").exists()


def test_a_fetched_bundle_that_was_changed_is_refused(store: Store, tmp_path: Path) -> None:
    place = store.registry.fetch(store.first, tmp_path)
    with (place / bundle.LITERT).open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(RegistryError, match=r"isn't what was registered\. Remove that folder"):
        store.registry.fetch(store.first, tmp_path)
    (place / bundle.LITERT).unlink()
    with pytest.raises(RegistryError, match="isn't what was registered"):
        store.registry.fetch(store.first, tmp_path)
    shutil.rmtree(place)
    assert store.registry.fetch(store.first, tmp_path) == place


def test_artifacts_that_are_gone_and_foreign_models_are_registry_errors(store: Store, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"emotion v9 can't be fetched"):
        store.registry.fetch(Version("emotion", "9", "0" * 32, {"digest": "f" * 64}), tmp_path)
    with pytest.raises(RegistryError, match="wasn't registered by `fermata train`"):
        store.registry.fetch(Version("emotion", "9", store.first.run_id, {}), tmp_path)


def test_a_bundle_from_elsewhere_becomes_the_first_champion_and_none_after_it(
    training: Training, new_store: Callable[[Path], str], tmp_path: Path
) -> None:
    address = new_store(tmp_path / "mlflow.db")
    registry = Registry(Tracking(), address)
    found = registry.adopt(training.folder, METRICS, CHAMPION)
    assert registry.find(CHAMPION) == found
    assert registry.find(CANDIDATE) is None
    run = mlflow.MlflowClient(address).get_run(found.run_id)
    assert run.data.metrics["evaluation.accuracy"] == METRICS["accuracy"]
    assert run.data.tags["dvc_stage"] == "import"
    assert bundle.read_card(registry.fetch(found, tmp_path / "fetched")) == training.trained.card
    with pytest.raises(RegistryError, match="emotion v1 is champion"):
        registry.adopt(training.folder, METRICS, CHAMPION)
    other = registry.adopt(training.folder, {}, CANDIDATE)
    assert (registry.find(CANDIDATE), registry.find(CHAMPION)) == (other, found)


def test_the_model_that_comes_with_fermata_stands_for_a_champion_that_is_not_there(
    training: Training, new_store: Callable[[Path], str], tmp_path: Path
) -> None:
    home, tracking = tmp_path / "home", Tracking(uri=new_store(tmp_path / "mlflow.db"))
    settings = Params(tracking=tracking)
    nowhere = tmp_path / "none"
    with pytest.raises(RegistryError, match="no 'models:/emotion@champion'"):
        locate.find(settings, home, tmp_path / "cache", nowhere)
    shutil.copytree(training.folder, home / locate.REFERENCE)
    assert locate.find(settings, nowhere, tmp_path / "cache", home / locate.REFERENCE).name == "reference"
    assert locate.find(settings, home, tmp_path / "cache").name == "reference"
    unused = Params(tracking=Tracking(uri=f"sqlite:///{nowhere / 'mlflow.db'}"))
    assert locate.find(unused, home, tmp_path / "cache").name == "reference"
    assert not nowhere.exists()
    made = Registry(tracking, tracking.uri).adopt(home / locate.REFERENCE, {}, CHAMPION)
    assert locate.find(settings, home, tmp_path / "cache").version == made.number
