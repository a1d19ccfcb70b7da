"""infra/automations.yaml says what Prefect takes, about events that there are; tests/chain sees them at work."""

from pathlib import Path
from typing import Any

import pytest
import yaml

INFRA = Path(__file__).parents[2] / "infra"
AUTOMATIONS: list[dict[str, Any]] = yaml.safe_load((INFRA / "automations.yaml").read_text())["automations"]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((INFRA / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("automation", AUTOMATIONS, ids=lambda automation: automation["name"])
def test_prefect_takes_it_and_knows_each_key(automation: dict[str, Any]) -> None:
    from prefect.events.schemas.automations import AutomationCore, EventTrigger

    ours = [action for action in automation["actions"] if {"tell", "deployment"} & set(action)]
    theirs = [action for action in automation["actions"] if action not in ours]
    taken = AutomationCore.model_validate(automation | {"actions": [*theirs, {"type": "do-nothing"}]})
    assert isinstance(taken.trigger, EventTrigger)
    # Prefect passes over keys that it doesn't know.
    assert set(automation) <= set(AutomationCore.model_fields)
    assert set(automation["trigger"]) <= set(EventTrigger.model_fields)
    for written, action in zip(theirs, taken.actions, strict=False):
        assert set(written) <= set(type(action).model_fields)


def test_names_are_given_once_since_that_is_how_they_are_found() -> None:
    names = [automation["name"] for automation in AUTOMATIONS]
    assert len(set(names)) == len(names)


def test_what_they_run_is_deployed() -> None:
    known = {f"{one['entrypoint'].rpartition('.')[2]}/{one['name']}" for one in DEPLOYMENTS}
    wanted = [action["deployment"] for one in AUTOMATIONS for action in one["actions"] if "deployment" in action]
    assert wanted == ["rebuild/rebuild"]
    assert set(wanted) <= known


def test_tags_that_they_wait_for_are_of_deployments() -> None:
    tags = {f"prefect.tag.{tag}" for deployment in DEPLOYMENTS for tag in deployment["tags"]}
    related = [one["trigger"].get("match_related", {}) for one in AUTOMATIONS]
    named = {one["prefect.resource.id"] for one in related if one}
    assert named == {"prefect.tag.fermata", "prefect.tag.nightly", "prefect.tag.inbox"}
    assert named <= tags
    assert all("fermata" in deployment["tags"] for deployment in DEPLOYMENTS)


def test_silence_is_longer_than_two_signs_of_life() -> None:
    (lost,) = [one for one in AUTOMATIONS if one["name"] == "worker-lost"]
    lines = (INFRA / "stack.env").read_text().splitlines()
    (every,) = [line.partition("=")[2] for line in lines if line.startswith("PREFECT_FLOWS_HEARTBEAT_FREQUENCY=")]
    assert 2 * int(every) < lost["trigger"]["within"]


def test_nothing_is_rebuilt_unless_somebody_wants_it() -> None:
    assert [one["name"] for one in AUTOMATIONS if not one.get("enabled", True)] == ["drifted"]
