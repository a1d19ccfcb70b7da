"""One kill: a run is struck at a moment that was drawn, and is looked at until it, or another one, has finished."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from campaigns import project
from campaigns.processes import Command, strike
from campaigns.progress import PHASES, Progress, leftovers, look

_ORPHANS: Final = 60.0  # seconds after which no process of a killed driver may be left
_LONGEST: Final = 300.0  # seconds that a run may take


class Trial(NamedTuple):
    """What all kills have in common: the project, what its commands see, its chunks, and the bytes of each file."""

    folder: Path
    values: Mapping[str, str]
    chunks: int
    reference: dict[str, str]


class Aim(NamedTuple):
    """When to strike: so many seconds after ``phase`` begins."""

    phase: str
    seconds: float


class Kill(NamedTuple):
    """One kill and what came of it.

    Attributes:
        moment: seconds after the work folder was claimed.
        before: what was done then.
        after: what was last seen of that in the run that finished.
        ended: seconds until no process of the killed run was left.
        seconds: that the run which finished took.
        problems: what should not be.
    """

    kind: str
    moment: float
    before: Progress
    after: Progress
    ended: float
    seconds: float
    problems: tuple[str, ...]


def kill(trial: Trial, kind: str, aim: Aim, rng: np.random.Generator, direct: bool) -> Kill | None:
    """One run with a kill, and another where that ended it; None when there was nothing to kill in time.

    Args:
        direct: `fermata prepare` over an earlier data set; else `dvc repro prepare`, which takes that away first.
    """
    folder, target, words = trial.folder, trial.folder / "data/prepared", project.PREPARE if direct else project.REPRO
    project.forget(folder)
    if direct:
        project.put_old(folder)
    command = project.start(folder, trial.values, words, "killed")
    moment = _wait_for(command, aim, target, trial.chunks)
    before, driver = look(target, trial.chunks), command.driver()
    struck = time.monotonic()
    if moment is None or not _strike(command, kind, rng):
        command.kill()
        return None
    problems = []
    if kind != "worker":
        while command.processes() and time.monotonic() - struck < _ORPHANS:
            time.sleep(0.01)
        if left := command.processes():
            problems.append(f"{len(left)} processes were left after {_ORPHANS:.0f} s: {left}")
            command.kill()
        before = look(target, trial.chunks)._replace(phase=before.phase)
        if driver and not _whole(target, trial.reference):
            problems.append(f"half a data set was left: {', '.join(project.content(target))[:200]}")
    ended = time.monotonic() - struck
    if kind != "worker":
        command = project.start(folder, trial.values, words, "resumed")
    after = _watch(command, target, trial.chunks)
    seconds = time.monotonic() - struck - ended
    problems += _problems(command, folder, trial.reference)
    problems += [
        f"{name}: {len(lost)} whole chunks were done again ({lost[0]})"
        for name, done, kept in (("staged", before.staged, after.staged), ("built", before.built, after.built))
        if (lost := [file for file, state in done.items() if kept.get(file) != state])
    ]
    return Kill(kind, moment, before, after, ended, seconds, tuple(problems))


def _whole(target: Path, reference: dict[str, str]) -> bool:
    """Whether the target is as it was, new, or away for the moment between these."""
    found = project.content(target)
    return found in ({}, reference) or list(found) == list(project.OLD)


def _wait_for(command: Command, aim: Aim, target: Path, chunks: int) -> float | None:
    """Seconds since the folder was claimed when ``aim`` is reached; None: the run ended before."""
    claimed = reached = None
    while command.code is None:
        now, phase = time.monotonic(), look(target, chunks).phase
        if phase != "start":
            claimed = claimed or now
            if PHASES.index(phase) >= PHASES.index(aim.phase):
                reached = reached or now
                if now - reached >= aim.seconds:
                    return now - claimed
        time.sleep(0.0005 if phase in ("close", "move") else 0.005)
    return None


def _strike(command: Command, kind: str, rng: np.random.Generator) -> bool:
    """Kill what ``kind`` says; False when it is gone already."""
    if kind == "run":
        command.kill()
        return True
    if kind == "driver":
        driver = command.driver()
        return driver is not None and strike(driver)
    workers = command.workers()
    return bool(workers) and strike(workers[int(rng.integers(len(workers)))])


def _watch(command: Command, target: Path, chunks: int) -> Progress:
    """Follow a run to its end: the files that were last seen, by name."""
    last = Progress("start", {}, {})
    started = time.monotonic()
    while command.code is None and time.monotonic() - started < _LONGEST:
        seen = look(target, chunks)
        last = Progress(seen.phase, last.staged | seen.staged, last.built | seen.built)
        time.sleep(0.01)
    return last


def _problems(command: Command, folder: Path, reference: dict[str, str]) -> Iterator[str]:
    try:
        code = command.wait(1)
    except subprocess.TimeoutExpired:
        yield f"still running after {_LONGEST:.0f} s"
        return
    if code:
        yield f"exit code {code}: {command.said.strip()[-500:]}"
        return
    if "Traceback" in command.said:
        yield f"a traceback: {command.said.strip()[-500:]}"
    found = project.content(folder / "data/prepared")
    if found != reference:
        names = sorted({*found, *reference})
        differing = [name for name in names if found.get(name) != reference.get(name)]
        yield f"{len(differing)} files differ from those of an undisturbed run: {', '.join(differing[:3])}"
    if left := leftovers(folder / "data"):
        yield f"left behind: {', '.join(left[:3])}"
