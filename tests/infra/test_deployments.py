"""infra/prefect.yaml names flows that exist, with parameters that they take."""

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[2] / "infra" / "prefect.yaml"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def test_entry_points_are_flows_and_take_these_parameters(deployment: dict[str, Any]) -> None:
    from prefect import Flow

    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow)
    taken = inspect.signature(flow.fn).parameters
    assert set(deployment["parameters"]) <= set(taken)
    assert {p for p, value in taken.items() if value.default is inspect.Parameter.empty} <= set(
        deployment["parameters"]
    )


def test_every_flow_that_runs_by_itself_is_deployed() -> None:
    assert {deployment["name"] for deployment in DEPLOYMENTS} == {
        "rebuild", "score-inbox", "promote", "backfill", "monitor", "prepare", "train", "evaluate", "score",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["score-inbox", "score", "backfill"])
def test_what_labels_says_what_for(name: str) -> None:
    deployment = next(one for one in DEPLOYMENTS if one["name"] == name)
    assert "score.purpose={{ $FERMATA_PURPOSE }}" in deployment["parameters"]["overrides"]


def test_two_runs_of_the_inbox_never_meet() -> None:
    deployment = next(one for one in DEPLOYMENTS if one["name"] == "score-inbox")
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
