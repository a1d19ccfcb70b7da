"""The deployments of infra/prefect.yaml and the automations of infra/automations.yaml, onto a server of Prefect's.

python infra/apply.py     in the project's folder; PREFECT_API_URL says which server

FERMATA_ALERT_URL: a web hook that is told of what went wrong; it is kept as a block of Prefect's. What is on the server
already is brought up to date; automations that a person switched on or off stay so.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events.schemas.automations import AutomationCore

HERE: Final = Path(__file__).parent
BLOCK: Final = "fermata-alarm"
NOTHING: Final = {"type": "do-nothing"}


def main() -> int:
    """Apply all; the exit code."""
    if not os.environ.get("PREFECT_API_URL"):
        sys.stderr.write("apply: PREFECT_API_URL is empty. Say which server: python infra/stack.py with ...\n")
        return 2
    file = HERE / "prefect.yaml"
    deploy(file)
    names = [one["name"] for one in yaml.safe_load(file.read_text(encoding="utf-8"))["deployments"]]
    sys.stdout.write(f"deployments: {', '.join(names)}\n")
    sys.stdout.write(f"automations: {', '.join(automate(HERE / 'automations.yaml'))}\n")
    return 0


def deploy(file: Path) -> None:
    """Run `prefect deploy`, which says much; it is shown where it fails.

    Raises:
        SystemExit: it failed.
    """
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    made = subprocess.run(
        [*prefect, "deploy", "--all", "--prefect-file", str(file)],
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if made.returncode:
        raise SystemExit(f"{made.stdout}{made.stderr}\napply: `prefect deploy` failed, see above")


def automate(file: Path) -> list[str]:
    """Create the automations of ``file``, or bring them up to date; their names, with those that are off.

    Raises:
        SystemExit: one names a deployment that is not on the server.
    """
    from prefect.client.orchestration import get_client
    from prefect.events.schemas.automations import AutomationCore

    said = []
    with get_client(sync_client=True) as client:
        block = alarm(os.environ.get("FERMATA_ALERT_URL", ""))
        for one in yaml.safe_load(file.read_text(encoding="utf-8"))["automations"]:
            actions = [acted(action, block, client) for action in one["actions"]]
            known = client.read_automations_by_name(one["name"])
            enabled = known[0].enabled if known else one.get("enabled", True)
            wanted = AutomationCore.model_validate(one | {"actions": actions, "enabled": enabled})
            if not known:
                client.create_automation(wanted)
            elif told(known[0]) != told(wanted):
                client.update_automation(known[0].id, wanted)
            said.append(wanted.name if enabled else f"{wanted.name} (off)")
    return said


def told(automation: "AutomationCore") -> dict[str, Any]:
    """What is compared: an update throws away what the server has counted, and with it the silence of a lost worker."""
    return automation.model_dump(include={"name", "description", "enabled", "trigger", "actions"})


def alarm(url: str) -> str:
    """The id of the block that holds ``url``, or of the one that is there where ``url`` is empty; empty: none is."""
    from prefect.blocks.webhook import Webhook

    if url:
        hook = Webhook.model_validate({"url": url, "headers": {"Content-Type": "application/json"}})
        return str(hook.save(BLOCK, overwrite=True))
    try:
        return str(getattr(Webhook.load(BLOCK), "_block_document_id", "") or "")
    except ValueError:
        return ""


def acted(action: dict[str, Any], block: str, client: "SyncPrefectClient") -> dict[str, Any]:
    """``action`` as Prefect takes it.

    Raises:
        SystemExit: it names a deployment that is not on the server.
    """
    from prefect.exceptions import ObjectNotFound

    if text := action.get("tell"):
        payload = f'{{"text": {{% filter tojson %}}Fermata: {text}{{% endfilter %}}}}'
        return {"type": "call-webhook", "block_document_id": block, "payload": payload} if block else NOTHING
    if name := action.get("deployment"):
        rest = {key: value for key, value in action.items() if key != "deployment"}
        try:
            return rest | {"deployment_id": str(client.read_deployment_by_name(name).id)}
        except ObjectNotFound:
            raise SystemExit(f"apply: automations.yaml names the deployment '{name}', and there is none") from None
    return action


if __name__ == "__main__":
    sys.exit(main())
