"""What monitoring says to MLflow, and asks of it. With `registry` all that knows MLflow."""

from collections.abc import Mapping
from pathlib import Path

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from tasks.errors import RegistryError
from tasks.monitor.profile import NAME
from tasks.registry import Registry


class Monitored(Registry):
    """A connection to one store, as Registry's."""

    def reference(self, run_id: str, folder: Path) -> Path | None:
        """Fetch the profile that the evaluation of a training's run left below ``folder``; None where there is none.

        Returns:
            The folder that it is in.
        """
        import mlflow

        try:
            fetched = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=f"evaluation/{NAME}", dst_path=str(folder), tracking_uri=self._address
            )
        except (MlflowException, OSError):  # an evaluation of an earlier version, or none; or the store is away
            return None
        return Path(fetched).parent

    def log(
        self, name: str, params: Mapping[str, str], figures: Mapping[str, float], tags: Mapping[str, str], report: Path
    ) -> str:
        """Add a run that is over with the figures and the folder ``report``; return its id.

        Raises:
            RegistryError: the store does not take it.
        """
        try:
            return self._log(name, params, figures, tags, report)
        except MlflowException as error:
            said = str(error.message).partition("\n")[0]
            raise RegistryError(f"tracking: '{self._address}' does not take the run: {said}") from None

    def _log(
        self, name: str, params: Mapping[str, str], figures: Mapping[str, float], tags: Mapping[str, str], report: Path
    ) -> str:
        run_id = str(self._client.create_run(self._experiment(), run_name=name).info.run_id)
        self._client.log_batch(
            run_id,
            metrics=[Metric(key, value, 0, 0) for key, value in figures.items()],
            params=[Param(key, value) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
        self._client.log_artifacts(run_id, str(report), "monitor")
        self._client.set_terminated(run_id)
        return run_id
