"""Kill a worker and all that it started, as when its machine goes down: its run is taken up again by itself."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np
import psutil
from stack_project import Stack, stacked, until

from campaigns.budget import Budget
from campaigns.report import Report
from tasks import files

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

STAGES: Final = ("prepare", "train", "evaluate")  # in which a rebuild is killed
NOTICED: Final = 200.0  # seconds: the server looks every 75 whether one was silent for 75
ENDED: Final = 300.0


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Kill ``budget.rounds`` (3) rebuilds, each in another stage."""
    rng = np.random.default_rng((report.seed, 31))
    with stacked(home / "project") as stack:
        stack.make("stack")
        with stack.client() as client:
            for number in budget.turns(1 if budget.slice else len(STAGES)):
                stage = STAGES[(number + 1) % len(STAGES)]
                said = _lost(stack, client, stage, float(rng.uniform(0, 3)))
                (report.fail if "PROBLEM" in said else report.say)(said)


def _lost(stack: Stack, client: "SyncPrefectClient", stage: str, moment: float) -> str:
    """One worker lost ``moment`` seconds after ``stage`` began, and what came of it."""
    known = client.read_deployment_by_name("rebuild/rebuild")
    log = stack.place / "worker.log"
    before = log.stat().st_size
    run = client.create_flow_run_from_deployment(known.id, parameters={"force": True})
    stack.wait(lambda: f"Running stage '{stage}'" in log.read_text()[before:], f"the stage {stage}")
    time.sleep(moment)
    killed = kill(stack.pid("worker"))
    lost = time.monotonic()
    what = f"{killed} processes killed {moment:.1f} s into {stage}: "
    stack.make("stack")
    if not until(lambda: _state(client, run.id) != "Running" or _begun(client, run.id) > 1, NOTICED):
        return f"{what}PROBLEM: still called Running after {NOTICED:.0f} s"
    noticed = time.monotonic() - lost
    if not until(lambda: _state(client, run.id) in {"Completed", "Failed", "Crashed", "Cancelled"}, ENDED):
        return f"{what}PROBLEM: not finished after {ENDED:.0f} s, but {_state(client, run.id)}"
    if (state := _state(client, run.id)) != "Completed" or (runs := _begun(client, run.id)) != 2:
        return f"{what}PROBLEM: {state}, begun {_begun(client, run.id)} times\n{stack.said()}"
    version = files.read_json(stack.folder / "out/registered.json")["version"]
    return (
        f"{what}noticed after {noticed:.0f} s, finished after {time.monotonic() - lost:.0f} s, "
        f"begun {runs} times, candidate {version}"
    )


def kill(pid: int) -> int:
    """End a process and all that it started, at once; how many."""
    mine = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for one in mine:
        one.suspend()  # none may start another meanwhile
    for one in mine:
        one.kill()
    return len(mine)


def _state(client: "SyncPrefectClient", run: UUID) -> str:
    return str(client.read_flow_run(run).state_name)


def _begun(client: "SyncPrefectClient", run: UUID) -> int:
    return client.read_flow_run(run).run_count
