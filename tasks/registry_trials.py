"""Runs below a run: the trials of a search, the folds of a cross-validation. With `registry` all that knows MLflow."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from tasks.registry import Registry

_GROUP: Final = "fermata.group"  # tag of a parent: what it is the run of
_CURVES: Final = ("loss", "accuracy", "val_accuracy", "val_loss", "learning_rate", "seconds")


class Trials(Registry):
    """A connection to one store, as Registry's."""

    def parent(self, name: str, key: str) -> str:
        """Id of the run called ``name`` for ``key``, which is made where there is none: a search that goes on has one.

        Args:
            key: hexadecimal digits that name the search or cross-validation.
        """
        found = self._client.search_runs(
            [self._experiment()], f"tags.`{_GROUP}` = '{key}'", max_results=1, order_by=["attributes.start_time ASC"]
        )
        if found:
            run_id = str(found[0].info.run_id)
            self._client.update_run(run_id, status=RunStatus.to_string(RunStatus.RUNNING))
            return run_id
        run = self._client.create_run(self._experiment(), run_name=name, tags={_GROUP: key})
        return str(run.info.run_id)

    def below(self, parent: str) -> set[str]:
        """Names of the runs below ``parent``."""
        found = self._client.search_runs(
            [self._experiment()], f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent}'", max_results=1000
        )
        return {str(run.info.run_name) for run in found}

    def log(
        self,
        parent: str,
        name: str,
        params: Mapping[str, Any],
        rows: Sequence[Mapping[str, float]],
        metrics: Mapping[str, float],
        state: str = "complete",
    ) -> str:
        """Add a run below ``parent``; return its id.

        Args:
            rows: one per epoch, with `epoch` and the curves.
            state: complete, pruned or failed.
        """
        tags = {MLFLOW_PARENT_RUN_ID: parent, "state": state}
        run_id = str(self._client.create_run(self._experiment(), run_name=name, tags=tags).info.run_id)
        curves = [Metric(name, row[name], 0, int(row["epoch"])) for row in rows for name in _CURVES if name in row]
        self._client.log_batch(
            run_id,
            metrics=[*curves, *(Metric(name, value, 0, 0) for name, value in metrics.items())],
            params=[Param(name, str(value)) for name, value in params.items()],
        )
        self._client.set_terminated(run_id, RunStatus.to_string(_STATUS[state]))
        return run_id

    def end(
        self, parent: str, params: Mapping[str, Any], metrics: Mapping[str, float], tags: Mapping[str, str]
    ) -> None:
        """End a parent run with what came of it; ``params`` of a run that has some already are left as they are."""
        known = self._client.get_run(parent).data.params
        self._client.log_batch(
            parent,
            metrics=[Metric(name, value, 0, 0) for name, value in metrics.items()],
            params=[Param(name, str(value)) for name, value in params.items() if name not in known],
            tags=[RunTag(name, value) for name, value in tags.items()],
        )
        self._client.set_terminated(parent)


_STATUS: Final = {"complete": RunStatus.FINISHED, "pruned": RunStatus.KILLED, "failed": RunStatus.FAILED}
