"""A million faces through `fermata prepare`: how long each phase takes, and that no worker's memory grows with it."""

import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.crowd import Crowd, kept
from campaigns.budget import Budget
from campaigns.memory import LIMIT, Memory, Sample, follow
from campaigns.processes import Command
from campaigns.progress import PHASES, Progress, look
from campaigns.report import Report

PLACE: Final = Path("out/soak")  # zips are kept there
SIZES: Final = (32_000, 100_000, 300_000, 1_000_000)
SHARES: Final = (0.1, 0.5, 1.0)  # of a phase, at which memory is told
ROWS: Final = 4096  # images per chunk
GROWTH: Final = (1.2, 100 << 20)  # most that a worker may have at the end of a phase: times that after 10 %, and bytes
WORKERS: Final = 2

States = Sequence[Sample[Progress]]


class Run(NamedTuple):
    """One run: images, seconds of each phase, and its memory."""

    images: int
    seconds: Mapping[str, float]
    memory: Memory[Progress]


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Prepare crowds of up to ``budget.rounds`` (1,000,000) faces, near copies of each other, and a varied one."""
    largest = budget.size(16_000 if budget.slice else SIZES[-1])
    crowds = [Crowd(size, seed=report.seed) for size in sorted({*(one for one in SIZES if one < largest), largest})]
    if len(crowds) > 2:
        crowds.append(Crowd(crowds[-2].images, varied=True, seed=report.seed))
    runs: list[Run] = []
    for crowd in crowds:
        if runs and budget.left() < 0:
            break
        runs.append(_prepare(report, crowd, values))
    same = [one for one, crowd in zip(runs, crowds, strict=False) if not crowd.varied]
    for phase in ("all", "stage", "decide", "build"):
        if len(same) > 1:
            report.say(f"seconds of {phase} grow with images to the power of {_exponent(same, phase):.2f}")


def _prepare(report: Report, crowd: Crowd, values: Mapping[str, str]) -> Run:
    path = kept(crowd, PLACE).absolute()
    place = PLACE.absolute() / f"run-{os.getpid()}"
    chunks, target = math.ceil(crowd.images / ROWS), place / "prepared"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    settings = {"data.source": "class-folders", "data.path": str(path), "prepare.shard_rows": ROWS}
    sets = [f"--set={key}={json.dumps(value)}" for key, value in (settings | {"cluster.workers": WORKERS}).items()]
    command = Command(["-m", "flows.cli", "prepare", "--out", str(target), *sets], place, values, place / "prepare.log")
    memory = follow(command, lambda: look(target, chunks), 0.5 if crowd.images > 50_000 else 0.1)
    made = Run(crowd.images, _seconds(memory.samples), memory)
    if command.code:
        report.fail(f"{path.name}: exit code {command.code}: {command.said.strip()[-500:]}")
    else:
        size = sum(one.stat().st_size for one in target.rglob("*") if one.is_file())
        _tell(report, path.name, made, size)
        _check(report, path.name, memory.samples, made)
    shutil.rmtree(place)
    return made


def _seconds(samples: States) -> dict[str, float]:
    """Seconds of each phase, from the moment that it was first seen; ``all`` of them but starting and ending."""
    first: dict[str, float] = {}
    for sample in samples:
        first.setdefault(sample.state.phase, sample.at)
    spans = {name: until - since for (name, since), (_, until) in pairwise((first | {"over": samples[-1].at}).items())}
    return spans | {"all": sum(spans.get(name, 0.0) for name in PHASES[2:-1])}


def _tell(report: Report, name: str, made: Run, size: int) -> None:
    memory, seconds = made.memory, made.seconds
    spans = ", ".join(f"{phase} {seconds[phase]:.1f} s" for phase in PHASES if phase in seconds)
    report.say(f"{name}: {spans}; {made.images / seconds['all']:,.0f} images/s, {size / 2**20:,.0f} MiB out")
    for phase in ("stage", "build"):
        at = [_at(memory.samples, phase, share) for share in SHARES]
        told = ", ".join(
            f"{share:.0%} {'/'.join(_mib(one) for one in sample.workers.values())}"
            for share, sample in zip(SHARES, at, strict=True)
            if sample
        )
        report.say(f"{name}: MiB of the workers in {phase} at {told}")
    peaks = "/".join(_mib(one) for one in memory.workers.values())
    report.say(f"{name}: peaks: workers {peaks} MiB, driver {_mib(memory.driver)} MiB")


def _check(report: Report, name: str, samples: States, made: Run) -> None:
    report.check(made.memory.worker < LIMIT, f"{name}: a worker of {_mib(made.memory.worker)} MiB")
    for phase in ("stage", "build"):
        early, late = _at(samples, phase, SHARES[0]), _at(samples, phase, SHARES[-1])
        for pid, before in early.workers.items() if early and late else ():
            after = late.workers.get(pid, 0) if late else 0
            report.check(
                after <= GROWTH[0] * before + GROWTH[1],
                f"{name}: a worker grew from {_mib(before)} to {_mib(after)} MiB in {phase}",
            )


def _at(samples: States, phase: str, share: float) -> Sample[Progress] | None:
    """The first moment at which so much of ``phase`` is done; its last one if that was not seen."""
    during = [sample for sample in samples if sample.state.phase == phase and sample.workers]
    done = [len(sample.state.staged if phase == "stage" else sample.state.built) for sample in during]
    if not during or not done[-1]:
        return None
    return during[min(int(np.searchsorted(done, share * done[-1])), len(during) - 1)]


def _exponent(runs: Sequence[Run], phase: str) -> float:
    """Slope of the logarithm of seconds over that of images, least squares; phases too short to see are left out."""
    seen = [(one.images, one.seconds[phase]) for one in runs if one.seconds.get(phase, 0) > 0]
    if len(seen) < 2:
        return float("nan")
    images, seconds = np.log(np.array(seen)).T
    return float(np.polyfit(images, seconds, 1)[0])


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f}"
