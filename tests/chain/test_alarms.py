"""What rings when something doesn't come: on a real Prefect server, with hours made seconds."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

import apply
import pytest
import yaml
from hook import Hook, hooked
from postgres_server import free_port
from stack_project import until

from tasks import quiet

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

pytestmark = [pytest.mark.chain, pytest.mark.long]  # it waits for a minute

INFRA = Path(__file__).parents[2] / "infra"
SECONDS = 10  # in which a nightly run and one of the inbox should come, in place of hours; Prefect takes no less
SOON = {
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
}
NIGHT = "Fermata: no nightly run was finished in 26 hours"
INBOX = "Fermata: the inbox has not been looked at for an hour"


@pytest.fixture
def client(tmp_path: Path) -> "Iterator[SyncPrefectClient]":
    """Of a server without workers and without a schedule."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    values = kept | quiet.ENVIRONMENT | SOON | {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_API_URL": url}
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
            env=values, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            assert until(lambda: _answers(url), 60), (tmp_path / "server.log").read_text()
            with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as made:
                yield made
        finally:
            server.terminate()
            server.wait(30)


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def test_what_does_not_come_is_told(
    client: "SyncPrefectClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that no worker takes, a night without a run, an inbox not looked at; and silence where all is well."""
    deployments = _deployed(client)
    with hooked() as hook:
        monkeypatch.setenv("FERMATA_ALERT_URL", hook.url)
        apply.automate(_hastened(tmp_path / "automations.yaml"))
        began = time.monotonic()
        while time.monotonic() - began < 2.5 * SECONDS:  # the inbox is looked at, the night's run never comes
            _finish(client, deployments["score-inbox"])
            time.sleep(1)
        assert NIGHT in hook.told
        assert set(hook.told) == {NIGHT}
        assert until(lambda: INBOX in hook.told, 3 * SECONDS), hook.told
        client.create_flow_run_from_deployment(deployments["score-inbox"].id, state=_an_hour_ago())
        assert until(lambda: _late(hook), 30), hook.told


def _deployed(client: "SyncPrefectClient") -> dict[str, Any]:
    """The deployments whose runs are waited for, with the tags that infra/prefect.yaml gives them."""
    found = {}
    for one in yaml.safe_load((INFRA / "prefect.yaml").read_text())["deployments"]:
        if one["name"] in ("rebuild", "score-inbox"):
            flow = client.create_flow_from_name(one["entrypoint"].rpartition(".")[2])
            made = client.create_deployment(flow, one["name"], tags=one["tags"], entrypoint=one["entrypoint"])
            found[one["name"]] = client.read_deployment(made)
    return found


def _hastened(file: Path) -> Path:
    """The automations, but those that start another deployment; what should come in hours should in seconds."""
    read = yaml.safe_load((INFRA / "automations.yaml").read_text())
    kept = [one for one in read["automations"] if one["name"] in ("run-late", "night-missed", "inbox-missed")]
    for one in kept:
        if "within" in one["trigger"]:
            one["trigger"]["within"] = SECONDS
    file.write_text(yaml.safe_dump({"automations": kept}))
    return file


def _finish(client: "SyncPrefectClient", deployment: Any) -> None:
    from prefect.states import Completed, Running

    run = client.create_flow_run_from_deployment(deployment.id)
    client.set_flow_run_state(run.id, Running(), force=True)
    client.set_flow_run_state(run.id, Completed(), force=True)


def _an_hour_ago() -> Any:
    from prefect.states import Scheduled

    return Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=1))


def _late(hook: Hook) -> bool:
    return any("should have begun, and no worker takes it" in text for text in hook.told)
