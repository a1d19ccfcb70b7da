"""Kill a prepare at any moment: it ends with the same bytes, and no whole chunk is done again."""

import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from campaigns import project
from campaigns.budget import Budget
from campaigns.faces import write_zip
from campaigns.killing import Aim, Kill, Trial, kill
from campaigns.progress import PHASES, Seen, look
from campaigns.report import Report

_SELDOM: Final = 4  # rounds for one kill of a driver
_AIMS: Final = {"worker": PHASES[2:5], "run": PHASES[1:], "driver": PHASES[1:-1]}
_TRIES: Final = 5  # draws of a moment, where runs end before it

Marks = dict[str, float]  # phase -> when it was first seen, seconds after the work folder was claimed


class Size(NamedTuple):
    """What is prepared: ``chunks`` of ``rows`` JPEGs of ``side`` pixels."""

    chunks: int
    rows: int
    side: int


FULL: Final = Size(64, 160, 448)
SMALL: Final = Size(24, 64, 320)


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Kill ``budget.rounds`` (10) workers and runs, and a quarter as many drivers."""
    size = SMALL if budget.slice else FULL
    folder = project.make(home / "project", _settings(size))
    write_zip(folder / "faces.zip", size.chunks * size.rows, size.side, report.seed)
    reference, marks = _undisturbed(folder, values, size.chunks)
    spans = ", ".join(f"{name} {until - since:.1f} s" for (name, since), (_, until) in pairwise(marks.items()))
    report.say(f"undisturbed: {size.chunks} chunks, {len(reference)} files; {spans}")
    rng = np.random.default_rng((report.seed, 1))
    trial = Trial(folder, values, size.chunks, reference)
    for number, kind in _schedule(budget):
        direct = kind == "worker" or number % 2 == (kind == "run")
        for _ in range(_TRIES):
            done = kill(trial, kind, _aim(rng, kind, number, marks), rng, direct=direct)
            if done is not None:
                break
        if done is None:
            report.fail(f"{kind}: {_TRIES} runs ended before the kill")
            continue
        report.say(_line(done, size.chunks))
        for problem in done.problems:
            report.fail(f"{kind} killed at {done.moment:.2f} s in {done.before.phase}: {problem}")


def _settings(size: Size) -> dict[str, object]:
    return {
        "data": {"source": "class-folders", "path": "faces.zip"},
        "prepare": {
            "shard_rows": size.rows,
            "row_group": 64,
            "split": {"folds": 3},
            "fill": {"target": {"disgust": size.chunks * size.rows // 10}},
        },
        "cluster": {"workers": 2},
    }


def _schedule(budget: Budget) -> Iterator[tuple[int, str]]:
    """Kinds of kills, each with its number among those of its kind."""
    for number in budget.turns(1 if budget.slice else 10):
        yield from ((number, kind) for kind in ("worker", "run"))
        if number % _SELDOM == 0 and not budget.slice:
            yield number // _SELDOM, "driver"


def _aim(rng: np.random.Generator, kind: str, number: int, marks: Marks) -> Aim:
    """Any moment of the run, or every other time any of one phase: short ones would hardly be hit otherwise."""
    names = list(marks)
    phases = [phase for phase in _AIMS[kind] if phase in marks]
    if number % 2 == 0:
        first, last = phases[0], phases[-1]
    else:
        first = last = phases[-1 - number // 2 % len(phases)]
    return Aim(first, float(rng.uniform(0, marks[names[names.index(last) + 1]] - marks[first])))


def _undisturbed(folder: Path, values: Mapping[str, str], chunks: int) -> tuple[dict[str, str], Marks]:
    """The bytes of a run that nobody kills, and when its phases began."""
    project.forget(folder)
    command = project.start(folder, values, project.REPRO, "undisturbed")
    marks: Marks = {}
    while command.code is None:
        marks.setdefault(look(folder / "data/prepared", chunks).phase, time.monotonic())
        time.sleep(0.002)
    if command.code:
        raise RuntimeError(f"the undisturbed run ended with {command.code}: {command.said}")
    marks.pop("start", None)
    marks["over"] = time.monotonic()
    claimed = marks["cluster"]
    return project.content(folder / "data/prepared"), {name: at - claimed for name, at in marks.items()}


def _line(done: Kill, chunks: int) -> str:
    before, after = done.before, done.after
    return (
        f"{done.kind:<6} killed at {done.moment:5.1f} s in {before.phase:<7} gone after {done.ended:4.1f} s; of "
        f"{chunks} chunks kept {_kept(before.staged, after.staged)} staged, {_kept(before.built, after.built)} built; "
        f"finished in {done.seconds:4.1f} s: {'not as it should' if done.problems else 'same bytes'}"
    )


def _kept(before: Seen, after: Seen) -> str:
    return f"{sum(after.get(name) == state for name, state in before.items())} of {len(before)}"
