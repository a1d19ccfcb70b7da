"""Kill workers of a score, or all of it, at any moment: with --resume the tables are those of an undisturbed run."""

import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from campaigns import scoring
from campaigns.budget import Budget
from campaigns.processes import Command, strike
from campaigns.report import Report
from tasks.media.watch import FOLDER
from tasks.synthetic.archive import write_archive

SETTINGS: Final = {"cluster.workers": 2, "score.images_per_unit": 4, "score.part_seconds": 1.0}
LONGEST: Final = 600.0  # seconds that a run may take
_KINDS: Final = ("worker", "run", "worker", "driver")
_TRIES: Final = 5  # draws of a moment, where runs end before it


class Trial(NamedTuple):
    """What all stops have in common: where media lie, what commands see, the tables, and the seconds that they took."""

    place: Path
    values: Mapping[str, str]
    tables: scoring.Tables
    seconds: float


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Stop ``budget.rounds`` (20) runs: a worker every other time, else the whole run or its driver."""
    trial = undisturbed(report, home, values, budget.slice)
    rng = np.random.default_rng((report.seed, 11))
    for number in budget.turns(1 if budget.slice else 20):
        kind = _KINDS[number % len(_KINDS)]
        for _ in range(_TRIES):
            said = _stop(trial, kind, float(rng.uniform(0, trial.seconds)), rng)
            if said is not None:
                break
        else:
            report.fail(f"{kind}: {_TRIES} runs ended before the kill")
            continue
        (report.fail if "PROBLEM" in said else report.say)(said)


def undisturbed(report: Report, home: Path, values: Mapping[str, str], small: bool) -> Trial:
    """Draw media and score them once."""
    place = home / "inside"
    stills, clips = (10, 1) if small else (60, 6)
    write_archive(place / "media", home / "truth.parquet", report.seed, stills, clips)
    started = time.monotonic()
    command = scoring.start(place, values, "undisturbed", SETTINGS, "whole")
    if command.wait(LONGEST):
        raise RuntimeError(f"the undisturbed run ended with {command.code}: {command.said}")
    seconds = time.monotonic() - started
    tables = scoring.tables(place / "whole")
    rows = ", ".join(f"{len(found)} {name}" for name, found in tables.items())
    report.say(f"undisturbed: {rows} in {seconds:.1f} s")
    return Trial(place, values, tables, seconds)


def _stop(trial: Trial, kind: str, moment: float, rng: np.random.Generator) -> str | None:
    """One stop, and what came of it; None when the run had ended, or no worker was there."""
    shutil.rmtree(trial.place / "labels", ignore_errors=True)
    command = scoring.start(trial.place, trial.values, "stopped", SETTINGS)
    struck = _strike(command, kind, trial.place / "labels", moment, rng)
    kept = _finished(trial.place / "labels")
    if not struck:
        command.kill()
        return None
    last = command
    if kind != "worker":
        # At once: workers whose driver is gone may still be at work.
        last = scoring.start(trial.place, trial.values, "resumed", SETTINGS, "labels", "--resume")
    said = f"{kind} killed at {moment:.1f} s with {kept} finished units: "
    problem = ended(last, trial)
    command.kill()
    return said + (f"PROBLEM: {problem}" if problem else "same tables")


def ended(command: Command, trial: Trial) -> str:
    """What is wrong with a run and its tables; empty: nothing."""
    try:
        code = command.wait(LONGEST)
    except subprocess.TimeoutExpired:
        return f"still running after {LONGEST:.0f} s"
    if code or "Traceback" in command.said:
        return f"exit code {code}: {command.said.strip()[-500:]}"
    out = trial.place / "labels"
    if left := scoring.leftovers(out):
        return f"left behind: {left[:3]}"
    return scoring.differences(scoring.tables(out), trial.tables)


def _strike(command: Command, kind: str, out: Path, moment: float, rng: np.random.Generator) -> bool:
    """Kill ``moment`` seconds after the start, or, a worker, after the work has begun."""
    while kind == "worker" and command.code is None and not (out / FOLDER).exists():
        time.sleep(0.02)
    started = time.monotonic()
    while command.code is None and time.monotonic() - started < moment:
        time.sleep(0.02)
    if command.code is not None:
        return False
    if kind == "worker":
        workers = command.workers()
        return bool(workers) and strike(workers[int(rng.integers(len(workers)))])
    driver = command.driver()
    if kind == "driver" and driver is not None:
        return strike(driver)
    command.kill()
    return True


def _finished(out: Path) -> int:
    return sum(not path.name.startswith(".") for path in (out / "units").glob("*"))
