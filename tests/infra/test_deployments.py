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


def test_every_flow_is_deployed() -> None:
    assert {deployment["name"] for deployment in DEPLOYMENTS} == {"prepare", "train", "evaluate", "promote", "score"}
