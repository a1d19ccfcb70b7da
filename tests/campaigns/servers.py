"""Servers end under a score, for a while or until it ends: it completes, or says why in a line and --resume does."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from s3_server import ENVIRONMENT

from campaigns import backing, scoring
from campaigns.budget import Budget
from campaigns.cable import Cable
from campaigns.processes import Command
from campaigns.report import Report
from tasks.synthetic.archive import write_archive

SETTINGS: Final = {"cluster.workers": 2, "score.images_per_unit": 2, "score.part_seconds": 1.0}
LONGEST: Final = 500.0  # seconds of a run
GONE: Final = LONGEST  # seconds: until the run has ended
UNITS: Final = 3  # that are finished when a server ends


class Fault(NamedTuple):
    """What ends, and for how many seconds."""

    what: str  # "media": the store that they are in; "labels": it is theirs, too; "PostgreSQL": of Prefect's server
    seconds: float
    silent: bool = False  # the store doesn't refuse, it says nothing

    def __str__(self) -> str:
        server = "PostgreSQL crashed" if self.what == "PostgreSQL" else f"S3 of {self.what}"
        how = "" if self.what == "PostgreSQL" else " silent" if self.silent else " down"
        return f"{server}{how} {'until the run ended' if self.seconds == GONE else f'for {self.seconds:.0f} s'}"


FULL: Final = (
    *(Fault(what, seconds) for seconds in (3.0, 15.0, 60.0, GONE) for what in ("media", "labels")),
    *(Fault("labels", seconds, silent=True) for seconds in (15.0, 60.0)),
    *(Fault("PostgreSQL", seconds) for seconds in (0.0, 5.0, 60.0, GONE)),
)
SLICE: Final = (Fault("media", GONE),)


class Trial(NamedTuple):
    """What all faults have in common."""

    place: Path  # where media lie that are in the bucket, too
    values: Mapping[str, str]  # what commands see
    store: Any  # fsspec's, which no cable leads to
    cable: Cable  # to the same store, for commands
    wanted: scoring.Tables


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Score once for each fault (``budget.rounds``: for so many), and with --resume where that failed."""
    place = home / "inside"
    write_archive(place / "media", home / "truth.parquet", report.seed, *((10, 1) if budget.slice else (30, 3)))
    command = scoring.start(place, values, "undisturbed", SETTINGS, "whole")
    if command.wait(LONGEST):
        raise RuntimeError(f"the undisturbed run ended with {command.code}: {command.said}")
    wanted = scoring.tables(place / "whole")
    report.say("undisturbed: " + ", ".join(f"{len(rows)} {name}" for name, rows in wanted.items()))
    faults = SLICE if budget.slice else FULL
    # Those of the slice at once: one waits for a store most of the time.
    with backing.s3(place / "media") as (store, cable), ThreadPoolExecutor(len(faults) if budget.slice else 1) as pool:
        seen = dict(values) | ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{cable.port}"}
        trial = Trial(place, seen, store, cable, wanted)
        done = [
            pool.submit(_fault, report, trial, faults[number % len(faults)], f"labels-{number}")
            for number in range(budget.size(len(faults)))
        ]
        for one in done:
            one.result()


def _fault(report: Report, trial: Trial, fault: Fault, out: str) -> None:
    """One fault, and what came of it."""
    if fault.what != "PostgreSQL":
        _strike(report, trial, fault, out, lambda: trial.cable.pull(fault.silent), trial.cable.plug)
        return
    with backing.prefect(trial.place.with_name(out), trial.values) as (postgres, api):
        if postgres is None:
            report.say(f"{fault}: left out, there is no PostgreSQL on this machine")
            return
        own = trial._replace(values=dict(trial.values) | api)
        _strike(report, own, fault, out, lambda: postgres.stop(crash=True), postgres.start)


def _strike(
    report: Report, trial: Trial, fault: Fault, out: str, down: Callable[[], None], up: Callable[[], None]
) -> None:
    command = _score(trial, fault, out)
    units = _wait_for(trial, fault, out, command)
    if not units:
        command.kill()
        report.fail(f"{fault}: the run ended before: {command.said.strip()[-800:]}")
        return
    struck = time.monotonic()
    down()
    try:
        while command.code is None and time.monotonic() - struck < fault.seconds:
            time.sleep(0.02)
    finally:
        up()
    code = command.wait(LONGEST)
    said = f"{fault}, with {units} finished units: exit code {code} {time.monotonic() - struck:.1f} s later"
    if problem := _line(command):
        report.fail(f"{said}: {problem}")
        return
    if code:
        said += f", {command.said.strip().splitlines()[-1]!r}"
        command, resumed = _score(trial, fault, out, "--resume"), time.monotonic()
        code = command.wait(LONGEST)
        said += f"; --resume: {time.monotonic() - resumed:.1f} s"
    problem = f"exit code {code}: {command.said.strip()[-800:]}" if code else _differences(trial, fault, out)
    (report.fail if problem else report.say)(f"{said}, {problem or 'same tables'}")


def _score(trial: Trial, fault: Fault, out: str, *more: str) -> Command:
    words = ["-m", "flows.cli", "score", "media" if fault.what == "PostgreSQL" else "s3://archive/media"]
    words += [
        "--out",
        f"s3://archive/{out}" if fault.what == "labels" else out,
        "--detector",
        "haar",
        "--no-faces",
    ]
    words += ["--model", str(scoring.ROOT / "models/reference"), *more]
    words += [f"--set={key}={json.dumps(value)}" for key, value in SETTINGS.items()]
    seen = dict(trial.values) | {"PYTHONPATH": str(scoring.ROOT)}
    return Command(words, trial.place, seen, trial.place.with_name(f"{out}{''.join(more)}.log"))


def _wait_for(trial: Trial, fault: Fault, out: str, command: Command) -> int:
    """Finished units, as soon as there are UNITS; 0: the run ended before."""
    while command.code is None:
        trial.store.invalidate_cache()
        near = [path for path in (trial.place / out / "units").glob("*") if not path.name.startswith(".")]
        found = len(trial.store.glob(f"archive/{out}/units/*") if fault.what == "labels" else near)
        if found >= UNITS:
            return found
        time.sleep(0.05)
    return 0


def _line(command: Command) -> str:
    """What is wrong with how a run says that it failed; empty: nothing."""
    if "Traceback" in command.said or "This is a bug" in command.said:
        return command.said.strip()[-1500:]
    if command.code not in (0, 1):
        return f"exit code {command.code}: {command.said.strip()[-800:]}"
    return ""


def _differences(trial: Trial, fault: Fault, out: str) -> str:
    place = trial.place / out
    if fault.what == "labels":
        trial.store.invalidate_cache()
        trial.store.get(f"archive/{out}/", f"{place}/", recursive=True)
    if left := scoring.leftovers(place):
        return f"left behind: {left[:3]}"
    found = scoring.tables(place)
    rows = {name: [row.replace('"s3://archive/', '"') for row in table] for name, table in found.items()}
    return scoring.differences(rows, trial.wanted)
