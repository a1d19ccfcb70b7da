"""Versions in a store without a training: what promotions need of one is a run, and a model of a name."""

from typing import Any

import mlflow

from tasks.gate import Check, Decision
from tasks.params import Tracking
from tasks.registry import CANDIDATE, Version
from tasks.registry_promotions import Promotions

FACTS: dict[str, Any] = {"split": "public", "images": 7, "digest": "d" * 64, "dvc": "abc.dir", "git": None}


def decision(promoted: bool) -> Decision:
    checks = [Check("accuracy", 0.8, 0.5, ">=", ok=promoted, reason="" if promoted else "accuracy is low")]
    return Decision(promoted, checks, [check.reason for check in checks if not check.ok])


def promotions(address: str, name: str = "emotion") -> Promotions:
    return Promotions(Tracking(model_name=name), address)


def add(registry: Promotions, address: str, name: str = "emotion", candidate: bool = True) -> Version:
    """A version of the registered model, of a run of its own, and the candidate's alias on it."""
    client = mlflow.MlflowClient(address, address)
    try:
        client.create_registered_model(name)
    except mlflow.MlflowException as error:
        assert error.error_code == "RESOURCE_ALREADY_EXISTS"
    found = client.get_experiment_by_name("made")
    run = client.create_run(found.experiment_id if found else client.create_experiment("made"))
    made = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    if candidate:
        client.set_registered_model_alias(name, CANDIDATE, made.version)
    return registry.version(str(made.version))
