"""A Dask scheduler of other people's ends under a score: one line says so, and --resume goes on when it is back."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from campaigns import scoring
from campaigns.budget import Budget
from campaigns.processes import Command
from campaigns.report import Report
from campaigns.stops import LONGEST, SETTINGS, ended, undisturbed

_NOTICED: Final = 90.0  # seconds in which a run has to say that its scheduler is gone
_TRIES: Final = 5


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """End the scheduler under ``budget.rounds`` (5) runs."""
    trial = undisturbed(report, home, values, budget.slice)
    rng = np.random.default_rng((report.seed, 12))
    place, port = trial.place, _free()
    settings = SETTINGS | {"cluster.address": f"tcp://127.0.0.1:{port}"}
    for _ in budget.turns(1 if budget.slice else 5):
        for _ in range(_TRIES):
            shutil.rmtree(place / "labels", ignore_errors=True)
            with _cluster(place, values, port) as scheduler:
                command = scoring.start(place, values, "stopped", settings)
                units = _wait_for(command, place / "labels", int(rng.integers(1, 4)))
                struck = time.monotonic()
                if units:
                    scheduler.kill()
                    problem = _said(command)
                    break
                command.kill()
        else:
            report.fail(f"{_TRIES} runs ended before the scheduler did")
            return
        noticed = time.monotonic() - struck
        command.kill()
        if not problem:
            with _cluster(place, values, port):
                problem = ended(scoring.start(place, values, "resumed", settings, "labels", "--resume"), trial)
        said = f"scheduler killed with {units} finished units, noticed after {noticed:.1f} s: "
        (report.fail if problem else report.say)(said + (problem or "same tables"))


def _said(command: Command) -> str:
    """What is wrong with how a run ends whose scheduler is gone; empty: nothing."""
    try:
        code = command.wait(_NOTICED)
    except subprocess.TimeoutExpired:
        return f"still running {_NOTICED:.0f} s after its scheduler had ended"
    lines = command.said.strip().splitlines()
    if code != 1 or "Traceback" in command.said or not lines or "scheduler" not in lines[-1]:
        return f"exit code {code}: {command.said.strip()[-800:]}"
    return ""


@contextmanager
def _cluster(place: Path, values: Mapping[str, str], port: int) -> Iterator[Command]:
    """A scheduler with two workers, as other people start them, where media lie; yields the scheduler."""
    seen = dict(values) | {"PYTHONPATH": str(scoring.ROOT)}
    words = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    scheduler = Command(["-m", "distributed.cli.dask_scheduler", *words], place, seen, place.with_name("cluster.log"))
    words = [f"tcp://127.0.0.1:{port}", "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
    workers = Command(["-m", "distributed.cli.dask_worker", *words], place, seen, place.with_name("workers.log"))
    try:
        while not _answers(port) and scheduler.code is None:
            time.sleep(0.2)
        yield scheduler
    finally:
        scheduler.kill()
        workers.kill()


def _wait_for(command: Command, out: Path, units: int) -> int:
    """Finished units, as soon as there are so many; 0: the run ended before."""
    started = time.monotonic()
    while command.code is None and time.monotonic() - started < LONGEST:
        found = sum(not path.name.startswith(".") for path in (out / "units").glob("*"))
        if found >= units:
            return found
        time.sleep(0.01)
    return 0


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
