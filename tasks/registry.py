"""The tracking store and model registry: the only place that knows MLflow."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking.context.registry import resolve_tags

from tasks import bundle, registry_bundle
from tasks import origin as lineage
from tasks.errors import RegistryError
from tasks.params import Params, Tracking
from tasks.registry_errors import asks
from tasks.registry_names import CANDIDATE, CHAMPION, PREVIOUS
from tasks.urls import masked, shown

if TYPE_CHECKING:
    from tasks.train import Trained

__all__ = ["CANDIDATE", "CHAMPION", "PREVIOUS", "Registry", "Version"]

# Tag of a run: names the training, however often it was tried to log it.
_TOKEN = "fermata.training"  # noqa: S105  no secret


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
    def register(
        self,
        params: Params,
        trained: "Trained",
        folder: Path,
        stage: str,
        token: str = "",
        origin: dict[str, Any] | None = None,
    ) -> Version:
        """Log a training as a run, its model as a new version with the alias `candidate`.

        Args:
            folder: the bundle.
            stage: the DVC stage that trained it.
            token: names the training: one that was registered is found again, and what a try that broke off has left
                is taken away. Empty: it is registered anew.
            origin: where it comes from, of tasks.origin.

        Raises:
            AwayError: the store doesn't answer; nothing is lost by trying again with the same ``token``.
        """
        card = trained.card
        run_id = self._logged(token) if token else None
        if run_id is None:
            tags = _tags(card, stage) | (lineage.tags(origin) if origin else {}) | ({_TOKEN: token} if token else {})
            run_id = self._begin(card, tags)
            settings = _flat(params.model_dump(include={"data", "prepare", "model", "train"}))
            settings["train.precision_used"] = trained.precision
            now = int(time.time() * 1000)
            curves = [
                Metric(name, value, now, int(row["epoch"]))
                for row in trained.history
                for name, value in row.items()
                if name != "epoch"
            ]
            last = [Metric("temperature", card.temperature, now, 0), Metric("litert_parity", card.parity, now, 0)]
            self._client.log_batch(
                run_id, [*curves, *last], [Param(name, masked(str(value))) for name, value in settings.items()]
            )
            self._client.log_dict(run_id, trained.class_weights, "class_weights.json")
            if origin:
                self._client.log_dict(run_id, origin, lineage.NAME)
            self._finish(run_id, folder, card)
        return self.version(self._create_version(run_id, card))

    @asks
    def adopt(self, folder: Path, metrics: dict[str, Any], alias: str) -> Version:
        """Register a bundle that was trained elsewhere as a new version with ``alias``.

        Args:
            metrics: what an evaluation found of it, as metrics.json has it.

        Raises:
            RegistryError: ``alias`` is `champion`, and there is one.
        """
        holder = self.find(CHAMPION)
        if alias == CHAMPION and holder is not None:
            raise RegistryError(
                f"model: {holder.label} is champion. Import as candidate (--candidate) and let `fermata promote` decide"
            )
        card = bundle.read_card(folder)
        run_id = self._begin(card, _tags(card, "import"))
        for name, value in _flat(metrics, "evaluation.").items():
            if isinstance(value, float | int):
                self._client.log_metric(run_id, name, float(value))
        self._finish(run_id, folder, card)
        return self.version(self._create_version(run_id, card, alias))

    def _begin(self, card: bundle.Card, tags: dict[str, str]) -> str:
        name = f"{card.architecture}-{card.digest[:8]}"
        # Through the client: MLflow's own context asks the store once more while an error leaves it.
        return str(self._client.create_run(self._experiment(), tags=resolve_tags(tags), run_name=name).info.run_id)

    def _finish(self, run_id: str, folder: Path, card: bundle.Card) -> None:
        """Log the bundle, and the network in MLflow's own layout; the run is whole then."""
        registry_bundle.log(self._client, run_id, folder, card)
        self._client.set_terminated(run_id)

    def _logged(self, token: str) -> str | None:
        """The whole run of a training; one that broke off is deleted."""
        whole = None
        for run in self._client.search_runs([self._experiment()], f"tags.`{_TOKEN}` = '{token}'"):
            if run.info.status == "FINISHED":
                whole = str(run.info.run_id)
            else:
                self._client.delete_run(run.info.run_id)
        return whole

    def _create_version(self, run_id: str, card: bundle.Card, alias: str = CANDIDATE) -> str:
        name = self._tracking.model_name
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        found = self._client.search_model_versions(f"name = '{name}' and run_id = '{run_id}'")
        if found:
            number = str(found[0].version)
        else:
            tags = {"digest": card.digest, "data_digest": card.data_digest}
            source = f"{self._client.get_run(run_id).info.artifact_uri}/{registry_bundle.NETWORK}"
            number = str(self._client.create_model_version(name, source, run_id, tags=tags).version)
        self._client.set_registered_model_alias(name, alias, number)
        return number

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
        return registry_bundle.fetch(version, folder, self._address)


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
