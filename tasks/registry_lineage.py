"""What the store knows of where a model comes from."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException

from tasks import files
from tasks import origin as origins
from tasks.errors import RegistryError
from tasks.registry import Registry, Version
from tasks.registry_errors import asks


@dataclass(frozen=True)
class Training:
    """The run behind a version.

    Attributes:
        origin: of tasks.origin; None for a model from elsewhere, or one of an older Fermata.
        version: the first that was registered of it; None: none was.
    """

    run_id: str
    tags: dict[str, str]
    params: dict[str, str]
    origin: dict[str, Any] | None
    version: Version | None


class Lineage(Registry):
    """A connection to one store, as Registry's."""

    @asks
    def training(self, run_id: str) -> Training | None:
        """The run of that id; None: there is none."""
        try:
            run = self._client.get_run(run_id)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise
        return self._read(run)

    @asks
    def experiment(self, name: str) -> list[Training]:
        """Runs of the experiment of DVC's that is called ``name``, newest first; an experiment can be run again."""
        found = self._client.search_runs(
            [self._experiment()], f"tags.dvc_exp_name = '{_quoted(name)}'", order_by=["attributes.start_time DESC"]
        )
        return [self._read(run) for run in found]

    @asks
    def of_digest(self, digest: str) -> Version | None:
        """The newest version whose network has that digest."""
        name = self._tracking.model_name
        found = self._client.search_model_versions(f"name = '{name}' and tags.digest = '{_quoted(digest)}'")
        numbers = sorted((int(one.version) for one in found), reverse=True)
        return self.version(str(numbers[0])) if numbers else None

    def _read(self, run: Any) -> Training:
        run_id, name = str(run.info.run_id), self._tracking.model_name
        kept = [item.path for item in self._client.list_artifacts(run_id)]
        origin = None
        if origins.NAME in kept:
            with tempfile.TemporaryDirectory() as place:
                origin = files.read_json(Path(self._client.download_artifacts(run_id, origins.NAME, place)))
        versions = self._client.search_model_versions(f"name = '{name}' and run_id = '{run_id}'")
        numbers = sorted(int(one.version) for one in versions)
        version = self.version(str(numbers[0])) if numbers else None
        return Training(run_id, dict(run.data.tags), dict(run.data.params), origin, version)


def _quoted(text: str) -> str:
    if "'" in text:
        raise RegistryError(f"lineage: no run, experiment or digest is called {text!r}")
    return text
