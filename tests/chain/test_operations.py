"""A day of the stack on this machine: media come in, a model is made, judged and put to work, and watched."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import mlflow
import pandas as pd
import psutil
import pytest
from commands import ROOT
from hook import Hook, hooked
from postgres_server import binaries
from stack_project import PURPOSE, Stack, stacked

from tasks import files
from tasks.schema import EMOTIONS

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

pytestmark = pytest.mark.chain
SERVED = pytest.mark.skipif(binaries() is None, reason="no PostgreSQL on this machine: apt-get install postgresql")

PROCESSES = ["postgres", "prefect", "mlflow", "scheduler", "dask", "worker"]


# Of the commands in infra/operating.md, those that other tests type, or that are asked for otherwise here.
ELSEWHERE = {
    "fermata promote": "tests/chain/test_chain.py",
    "fermata monitor": "tests/flows/test_monitor_flow.py",
    "fermata score": "tests/chain/test_score_commands.py",
    "fermata forget": "tests/score/test_audit_log.py",
    "prefect deployment run": "tests/chain/test_operations.py",
    "make stack": "tests/chain/test_operations.py",
}
ENDS = {"fermata rollback": 2}  # there is no earlier champion here


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as served:
        yield served


@pytest.mark.timeout(1800)  # a day: on a slow machine it takes more than a test's ten minutes
@pytest.mark.parametrize("postgres", [pytest.param("auto", marks=SERVED), pytest.param("off", marks=pytest.mark.long)])
def test_a_day_of_the_stack(postgres: str, tmp_path: Path, archive: Path, hook: Hook) -> None:
    """On PostgreSQL, and on SQLite."""
    processes = PROCESSES if postgres == "auto" else PROCESSES[1:]
    with stacked(tmp_path / "project", POSTGRES=postgres) as stack:
        stack.schedule("score-inbox", 5, settle=0.5)
        stack.environment["FERMATA_ALERT_URL"] = hook.url
        told = stack.make("stack")
        assert [line.split()[0] for line in told.splitlines() if " well " in line] == processes
        assert "deployments: rebuild, score-inbox, promote, backfill, monitor" in told
        assert (
            "automations: run-failed, run-late, night-missed, inbox-missed, worker-lost, lost-run-again, drifted (off)"
            in told
        )
        with stack.client() as client:
            labels = _labelled_by_schedule(stack, client, archive)
            candidate = _rebuilt(stack, client)
            refused = [_refused(stack, client, candidate, hook)] if postgres == "off" else []  # once is enough
            asked = _promoted(stack, client, candidate)
            _relabelled(stack, client, labels, candidate)
            _monitored(stack, client, labels)
            runs = [run for run in client.read_flow_runs() if run.id not in refused]
            bad = [run for run in runs if run.state and run.state.type.value in ("FAILED", "CRASHED")]
            assert not bad, [(run.name, run.state) for run in bad]
            _typed(stack, labels)
            _rings(stack, client, hook)
            if postgres == "off":
                _rebuilds_when_drifted(stack, client)
            # A pause ends a life of a run, too.
            again = [run for run in client.read_flow_runs() if run.run_count > 1 + (run.id in [asked, *refused])]
            assert not again, [(run.name, run.state) for run in again]
        running = [psutil.Process(stack.pid(name)) for name in processes]
        assert stack.make("stack-down").startswith(f"stack: stopped {', '.join(reversed(processes))}")
        assert not [one for one in running if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def _labelled_by_schedule(stack: Stack, client: "SyncPrefectClient", archive: Path) -> Path:
    """Media in the inbox get labels without anybody's doing; where they are. No champion yet: the reference's."""
    shutil.copytree(archive, stack.folder / "inbox", dirs_exist_ok=True)
    count = sum(path.is_file() for path in archive.rglob("*"))
    labels = stack.folder / "labels"

    def ended() -> bool:
        return any(_ended(path, count) for path in labels.glob("*/run.json"))

    stack.wait(ended, "labels of the inbox")
    (run_json,) = labels.glob("*/run.json")
    run, faces = files.read_json(run_json), pd.read_parquet(run_json.parent / "faces")
    assert run["purpose"] == PURPOSE
    assert set(faces["model_version"]) == {run["model"]["name"] + " " + run["model"]["digest"][:12]}
    assert len(faces) == run["totals"]["faces"] > 0
    assert faces[[f"p_{emotion}" for emotion in EMOTIONS]].sum(axis=1).sub(1).abs().max() < 1e-5
    scored = stack.runs(client, "score-inbox")
    assert {run.auto_scheduled for run in scored} == {True}
    assert {run.work_pool_name for run in scored} == {"fermata"}
    known = client.read_deployment_by_name("score-inbox/score-inbox")
    client.pause_deployment(known.id)
    return run_json.parent


def _ended(run_json: Path, count: int) -> bool:
    run = files.read_json(run_json)
    return bool(run["state"] == "finished" and run["totals"]["files"] >= count)


def _rebuilt(stack: Stack, client: "SyncPrefectClient") -> str:
    """The stages of dvc.yaml make a candidate, on the stack's MLflow server; its version."""
    stack.run(client, "rebuild/rebuild")
    registered = files.read_json(stack.folder / "out/registered.json")
    registry = _registry(stack)
    candidate = registry.get_model_version_by_alias("emotion", "candidate")
    assert candidate.version == str(registered["version"])
    assert "evaluation.accuracy" in registry.get_run(registered["run_id"]).data.metrics
    assert _artifacts(client) >= {"rebuild-candidate", "rebuild-progress", "rebuild-mlflow", "rebuild-data"}
    return str(candidate.version)


def _promoted(stack: Stack, client: "SyncPrefectClient", candidate: str) -> UUID:
    """It passes the gate, waits for a person's yes, and is champion then; the run."""
    registry = _registry(stack)
    run = _asked(stack, client)
    client.resume_flow_run(run, run_input={"approve": True, "reason": "looked at its mistakes"})
    stack.wait(lambda: _is(client, run, "COMPLETED"), "the promotion")
    champion = registry.get_model_version_by_alias("emotion", "champion")
    assert champion.version == candidate
    assert champion.tags["promotion.decision"] == "promoted"
    assert "promotion" in _artifacts(client)
    return run


def _refused(stack: Stack, client: "SyncPrefectClient", candidate: str, hook: Hook) -> UUID:
    """A person's no: nothing moves, and whoever is to be told hears the reason; the run."""
    run = _asked(stack, client)
    client.resume_flow_run(run, run_input={"approve": False, "reason": "calls sleepers sad"})
    stack.wait(lambda: _is(client, run, "FAILED"), "the end of a refused promotion")
    aliases = _registry(stack).get_registered_model("emotion").aliases
    assert "champion" not in aliases
    assert str(aliases["candidate"]) == candidate
    stack.wait(lambda: hook.told, "the web hook")
    assert f"a person refused version {candidate}: calls sleepers sad" in hook.told.pop()
    return run


def _asked(stack: Stack, client: "SyncPrefectClient") -> UUID:
    """A promotion that passed the gate and waits for an answer; nothing has moved."""
    known = client.read_deployment_by_name("promote/promote")
    asked = {"overrides": ["promote.approval=true"], "poll": 1}
    run = client.create_flow_run_from_deployment(known.id, parameters=asked)
    stack.wait(lambda: _is(client, run.id, "PAUSED"), "a promotion that waits")
    registry = _registry(stack)
    assert "champion" not in registry.get_registered_model("emotion").aliases
    return run.id


def _registry(stack: Stack) -> mlflow.MlflowClient:
    """Of the stack: MLflow would take the registry that this process used last."""
    address = stack.address["MLFLOW_TRACKING_URI"]
    return mlflow.MlflowClient(address, address)


def _is(client: "SyncPrefectClient", run: UUID, state: str) -> bool:
    found = client.read_flow_run(run).state
    return found is not None and found.type.value == state


def _relabelled(stack: Stack, client: "SyncPrefectClient", labels: Path, champion: str) -> None:
    """The same faces, called by the champion; what the first model said of them stays."""
    stack.run(client, "backfill/backfill", allow_synthetic=True)
    (version,) = (labels / "versions").glob("*/run.json")
    before, now = pd.read_parquet(labels / "faces"), pd.read_parquet(version.parent / "faces")
    assert set(now["model_version"]) == {f"emotion v{champion}"}
    keys = ["source", "frame", "face"]
    assert sorted(map(tuple, before[keys].values)) == sorted(map(tuple, now[keys].values))
    assert files.read_json(version)["purpose"] == PURPOSE
    assert "backfill" in _artifacts(client)


def _monitored(stack: Stack, client: "SyncPrefectClient", labels: Path) -> None:
    stack.run(client, "monitor/monitor")
    figures = files.read_json(stack.folder / "out/monitor/monitor.json")
    assert Path(figures["out"]).name == labels.name
    assert (stack.folder / "out/monitor/report.html").stat().st_size > 0
    assert [key for key in _artifacts(client) if key.startswith("monitor-report-")]


def _typed(stack: Stack, labels: Path) -> None:
    """What infra/operating.md tells an operator to type does what it says."""
    lines = [line[6:] for line in (ROOT / "infra/operating.md").read_text().splitlines() if line.startswith("    $ ")]
    given = [line for line in lines if not line.startswith((*ELSEWHERE, "export ", "set -a"))]
    assert len(given) > 5
    for line in given:
        command = line.replace("labels/MODEL", f"labels/{labels.name}")
        done = subprocess.run(
            ["bash", "-c", command], cwd=stack.folder, env=stack.environment | stack.address, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        code = next((code for word, code in ENDS.items() if line.startswith(word)), 0)
        assert done.returncode == code, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr


def _rings(stack: Stack, client: "SyncPrefectClient", hook: Hook) -> None:
    """Whoever is to be told of a failed run is told, in its own words."""
    assert hook.told == []
    known = client.read_deployment_by_name("backfill/backfill")
    client.create_flow_run_from_deployment(known.id, parameters={"out": 'no "such" folder'})
    stack.wait(lambda: hook.told, "the web hook")
    (said,) = hook.told
    assert said.startswith("Fermata: backfill ended as Failed: ")
    assert "no labels in 'no \"such\" folder'" in said
    assert f"{stack.address['PREFECT_API_URL'].removesuffix('/api')}/runs/flow-run/" in said
    assert not [path for path in stack.place.iterdir() if path.is_file() and b"/alarm" in path.read_bytes()]


def _rebuilds_when_drifted(stack: Stack, client: "SyncPrefectClient") -> None:
    """Where a person switched that on."""
    from prefect.events import emit_event
    from prefect.events.worker import EventsWorker

    (drifted,) = client.read_automations_by_name("drifted")
    assert not drifted.enabled
    client.resume_automation(drifted.id)
    assert "drifted (off)" not in stack.make("stack")  # which leaves what a person switched
    before = {run.id for run in stack.runs(client, "rebuild")}

    def rebuilt() -> bool:
        runs = [run for run in stack.runs(client, "rebuild") if run.id not in before]
        return any(run.state is not None and run.state.is_completed() for run in runs)

    # This process has one service for events, of the server that it was begun for: the next test's is another one.
    EventsWorker.instance().drain()
    emit_event("fermata.drift", {"prefect.resource.id": "fermata.archive.labels"}, payload={"drifted": ["class"]})
    EventsWorker.instance().drain()
    stack.wait(rebuilt, "a rebuild after a drift")


def _artifacts(client: "SyncPrefectClient") -> set[str]:
    """Keys; the result of a run that failed has none."""
    return {artifact.key for artifact in client.read_artifacts() if artifact.key}
