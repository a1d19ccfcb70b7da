"""The tracking store and model registry: the only place that knows MLflow."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.exceptions import MlflowException

from tasks import bundle, files
from tasks.errors import RegistryError
from tasks.params import Params, Tracking
from tasks.registry_errors import asks
from tasks.registry_names import CANDIDATE, CHAMPION, PREVIOUS
from tasks.urls import shown

if TYPE_CHECKING:
    from tasks.train import Trained

__all__ = ["CANDIDATE", "CHAMPION", "PREVIOUS", "Registry", "Version", "uri"]

_BUNDLE = "bundle"  # artifact folder of a run that holds the bundle
_MODEL = "model"  # the one that holds the network in MLflow's own layout, for mlflow.keras.load_model


@dataclass(frozen=True)
class Version:
    """One registered model."""

    name: str
    number: str
    run_id: str
    tags: dict[str, str]

    @property
    def label(self) -> str:
        """Such as `emotion v3`: what stands in the rows that the model labelled."""
        return f"{self.name} v{self.number}"


def uri(tracking: Tracking, home: Path) -> str:
    """The store's address: from params, else MLFLOW_TRACKING_URI, else SQLite below ``home``/out."""
    return (
        tracking.uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(home / 'out' / 'mlflow.db').resolve()}"
    )


class Registry:
    """A connection to one store. Holds MLflow's client; cheap to make, one per process."""

    def __init__(self, tracking: Tracking, address: str) -> None:
        """Connect to ``address`` (see `uri`); an SQLite store is made when it isn't there."""
        self._tracking, self._address = tracking, address
        if address.startswith("sqlite:///"):
            Path(address.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(address)
        mlflow.set_registry_uri(address)
        self._client = mlflow.MlflowClient(address, address)

    def _experiment(self) -> str:
        name = self._tracking.experiment
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        location = None
        if self._address.startswith("sqlite:///"):
            # MLflow's own default is a folder below whatever the current one happens to be.
            location = (Path(self._address.removeprefix("sqlite:///")).parent / "mlartifacts").resolve().as_uri()
        return str(self._client.create_experiment(name, artifact_location=location))

    @asks
    def register(self, params: Params, trained: "Trained", folder: Path, stage: str) -> Version:
        """Log a training as a run, its model as a new version with the alias `candidate`.

        Args:
            folder: the bundle.
            stage: the DVC stage that trained it.
        """
        import keras

        card = trained.card
        with mlflow.start_run(
            experiment_id=self._experiment(), run_name=f"{card.architecture}-{card.digest[:8]}"
        ) as run:
            mlflow.log_params({**_flat(params.model_dump(include={"data", "prepare", "model", "train"}))})
            mlflow.log_params({"train.precision_used": trained.precision})
            mlflow.set_tags(_tags(card, stage))
            for row in trained.history:
                curves = {name: value for name, value in row.items() if name != "epoch"}
                mlflow.log_metrics(curves, step=int(row["epoch"]))
            mlflow.log_metrics({"temperature": card.temperature, "litert_parity": card.parity})
            mlflow.log_dict(trained.class_weights, "class_weights.json")
            mlflow.log_artifacts(str(folder), _BUNDLE)
            _log_keras(keras.saving.load_model(folder / bundle.KERAS, compile=False), card)
        number = self._create_version(run.info.run_id, card)
        return self.version(number)

    @asks
    def adopt(self, folder: Path, metrics: dict[str, Any], alias: str) -> Version:
        """Register a bundle that was trained elsewhere as a new version with ``alias``.

        Args:
            metrics: what an evaluation found of it, as metrics.json has it.

        Raises:
            RegistryError: ``alias`` is `champion`, and there is one.
        """
        import keras

        holder = self.find(CHAMPION)
        if alias == CHAMPION and holder is not None:
            raise RegistryError(
                f"model: {holder.label} is champion. Import as candidate (--candidate) and let `fermata promote` decide"
            )
        card = bundle.read_card(folder)
        with mlflow.start_run(
            experiment_id=self._experiment(), run_name=f"{card.architecture}-{card.digest[:8]}"
        ) as run:
            mlflow.set_tags(_tags(card, "import"))
            mlflow.log_artifacts(str(folder), _BUNDLE)
            _log_keras(keras.saving.load_model(folder / bundle.KERAS, compile=False), card)
            for name, value in _flat(metrics, "evaluation.").items():
                if isinstance(value, float | int):
                    mlflow.log_metric(name, float(value))
        return self.version(self._create_version(run.info.run_id, card, alias))

    def _create_version(self, run_id: str, card: bundle.Card, alias: str = CANDIDATE) -> str:
        name = self._tracking.model_name
        tags = {"digest": card.digest, "data_digest": card.data_digest}
        version = mlflow.register_model(f"runs:/{run_id}/{_MODEL}", name, tags=tags)
        self._client.set_registered_model_alias(name, alias, version.version)
        return str(version.version)

    @asks
    def log_evaluation(self, run_id: str, metrics: dict[str, Any], folder: Path) -> None:
        """Add an evaluation's figures and files (metrics.json, predictions.csv, confusion.png) to a run.

        Figures are called `evaluation.accuracy` and so on: `accuracy` is the training's curve.
        """
        for name, value in _flat(metrics, "evaluation.").items():
            if isinstance(value, float | int):
                self._client.log_metric(run_id, name, float(value))
        self._client.set_tag(run_id, "evaluation.split", metrics["split"])
        self._client.set_tag(run_id, "evaluation.data_digest", metrics["data_digest"])
        self._client.log_dict(run_id, {"labels": metrics["labels"], "counts": metrics["confusion"]}, "confusion.json")
        self._client.log_artifacts(run_id, str(folder), "evaluation")

    @asks
    def find(self, alias: str) -> Version | None:
        """The version that carries ``alias``, or None."""
        try:
            found = self._client.get_model_version_by_alias(self._tracking.model_name, alias)
        except MlflowException as error:
            # An alias that is missing is INVALID_PARAMETER_VALUE, a model that is missing RESOURCE_DOES_NOT_EXIST.
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise
        return _version(found)

    @asks
    def version(self, number: str) -> Version:
        """The version with ``number``.

        Raises:
            RegistryError: there is none.
        """
        name = self._tracking.model_name
        try:
            return _version(self._client.get_model_version(name, number))
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
            raise RegistryError(f"model: '{name}' has no version {number} in '{shown(self._address)}'") from None

    def resolve(self, model: str) -> Version:
        """The version behind `models:/NAME@ALIAS` or `models:/NAME/NUMBER`.

        Raises:
            RegistryError: there is none.
        """
        name, _, rest = model.removeprefix("models:/").partition("@" if "@" in model else "/")
        registry = Registry(self._tracking.model_copy(update={"model_name": name}), self._address)
        found = registry.find(rest) if "@" in model else registry.version(rest)
        if found is None:
            raise RegistryError(
                f"model: no '{model}' in '{shown(self._address)}'. "
                "Train and promote one: dvc repro, then fermata promote"
            )
        return found

    @asks
    def fetch(self, version: Version, folder: Path) -> Path:
        """Download the bundle of ``version`` to ``folder``, once per model; return the bundle's folder.

        Raises:
            RegistryError: the artifacts are gone, or are not those that were registered.
        """
        if "digest" not in version.tags:
            raise RegistryError(f"model: {version.label} wasn't registered by `fermata train`: it has no tag 'digest'")
        target = folder / version.tags["digest"]
        if not (target / bundle.CARD).is_file():
            try:
                mlflow.artifacts.download_artifacts(
                    run_id=version.run_id, artifact_path=_BUNDLE, dst_path=str(target), tracking_uri=self._address
                )
            except (MlflowException, OSError) as error:
                raise RegistryError(f"model: the files of {version.label} can't be fetched: {error}") from None
            for file in (target / _BUNDLE).iterdir():
                file.replace(target / file.name)
        network = target / bundle.LITERT
        if not network.is_file() or files.sha256(network) != version.tags["digest"]:
            raise RegistryError(
                f"model: {version.label} in '{target}' isn't what was registered. Remove that folder and try again"
            )
        return target


def _log_keras(network: Any, card: bundle.Card) -> None:
    """Log ``network`` as the current run's artifact folder `model`, with its signature and an input example."""
    import numpy as np
    from mlflow.models import infer_signature

    example = np.full((1, card.spec.size, card.spec.size, 3), 127, np.float32)
    with tempfile.TemporaryDirectory() as folder:
        # In two steps: log_model writes the example into a folder that isn't there yet (mlflow#16183).
        mlflow.keras.save_model(
            network,
            folder,
            signature=infer_signature(example, network.predict(example, verbose=0)),
            input_example=example,
            # Given, not inferred: inference would start a process with the model to see what it imports.
            pip_requirements=[f"{package}=={number}" for package, number in card.trained_with.items()],
        )
        mlflow.log_artifacts(folder, _MODEL)


def _tags(card: bundle.Card, stage: str) -> dict[str, str]:
    return {
        "data_digest": card.data_digest,
        "dvc_stage": stage,
        "git_revision": card.git_revision or "none",
        "model_digest": card.digest,
        "synthetic": str(card.synthetic).lower(),
    }


def _version(found: Any) -> Version:
    return Version(found.name, str(found.version), found.run_id, dict(found.tags))


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"a": {"b": 1}} -> {"a.b": 1}."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
