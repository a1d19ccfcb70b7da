"""Thousands of broken, hostile and odd pictures in every kind of data set: each ends as one row."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow.parquet as pq

from campaigns import odd
from campaigns.bombs import LIMIT as PIXELS
from campaigns.bombs import bombs
from campaigns.budget import Budget
from campaigns.damage import damage
from campaigns.memory import LIMIT, follow
from campaigns.mutate import Case, case
from campaigns.odd import Expected
from campaigns.processes import Command
from campaigns.report import Report

KEPT: Final = Path("out/soak/failures")
BOMBS: Final = 10_000  # files from which on the slow bombs are among them
LINES: Final = 20  # most that a run prints: how it went, and warnings about the data set as a whole
_SETTINGS: Final = {"prepare.shard_rows": 512, "cluster.workers": 1}
# Decodes files whose names are lines of its input; ends otherwise than with 0 when one kills it.
_DECODE: Final = """
import sys
from pathlib import Path
from tasks.errors import MediaError
from tasks.images.decode import decode
for line in sys.stdin.read().splitlines():
    try:
        decode(Path(line).read_bytes(), int(sys.argv[1]))
    except MediaError:
        pass
"""


class DataSet(NamedTuple):
    """One data set to prepare: its source, where it lies, what must come out, and what was put in."""

    source: str
    path: Path
    expected: Expected
    cases: Sequence[Case] = ()


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Prepare ``budget.rounds`` (10,000) files as folders, and a part of them as zip, tar, listing and CSV."""
    files = budget.size(100 if budget.slice else 10_000) if budget.seconds is None else 2_000
    for turn in budget.turns(1) if budget.seconds is not None else range(1):
        seed = report.seed + turn
        cases = [case(seed, number) for number in range(files)]
        place = home / str(seed)
        place.mkdir(parents=True)
        for made in _data_sets(place, seed, cases, list(bombs(files >= BOMBS) if not turn else ())):
            _prepare(report, made, values)
        damage(report, place / "damage", cases[:12], files // 2)


def _data_sets(place: Path, seed: int, cases: Sequence[Case], more: Sequence[Case]) -> list[DataSet]:
    fewer, few = cases[: len(cases) // 4], cases[: len(cases) // 8]
    for name in ("folder", "listing"):
        (place / name).mkdir()
    kinds: dict[str, tuple[str, Callable[[Path], Expected], Sequence[Case]]] = {
        "folder": ("class-folders", lambda path: odd.folder(path, [*cases, *more]), [*cases, *more]),
        "faces.zip": ("class-folders", lambda path: odd.zipped(path, [*fewer, *more]), [*fewer, *more]),
        "faces.tar": ("webdataset", lambda path: odd.tarred(path, few), few),
        "listing/faces.csv": ("listing", lambda path: odd.listed(path, few), few),
        "faces.csv.gz": ("fer2013-csv", lambda path: odd.table(path, seed, len(few)), ()),
    }
    return [DataSet(source, place / name, make(place / name), inside) for name, (source, make, inside) in kinds.items()]


def _prepare(report: Report, made: DataSet, values: Mapping[str, str]) -> None:
    """One run of the command, and what must be true of it."""
    label = made.path.name
    out = made.path.parent / f"{label}.prepared"
    settings = {
        "data.source": made.source,
        "data.path": str(made.path),
        "prepare.shard_rows": 512,
        "cluster.workers": 1,
    }
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    log = made.path.parent / f"{label}.log"
    command = Command(["-m", "flows.cli", "prepare", "--out", str(out), *sets], made.path.parent, values, log)
    memory = follow(command, lambda: None, 0.1)
    said = command.said.strip()
    lines = said.splitlines()
    if command.code:
        report.fail(f"{label}: exit code {command.code}: {said[-300:]}")
        _keep(report, label, made.cases, _deadly(made.cases, made.path.parent / "one"))
        return
    report.check("Traceback" not in said, f"{label}: a traceback: {said[-2000:]}")
    report.check(len(lines) <= LINES, f"{label}: {len(lines)} lines printed, such as {lines[:1]}")
    report.check(memory.worker < LIMIT, f"{label}: a worker of {memory.worker / 2**20:,.0f} MiB")
    found = Counter(_keys(out / "shards") + _keys(out / "rejects"))
    expected = made.expected
    wrong = {key: count for key, count in found.items() if count != 1}
    missing = sorted(expected.keys - found.keys())
    rows = len(expected.keys) + expected.others
    report.check(not wrong, f"{label}: keys that stand several times: {dict(list(wrong.items())[:3])}")
    report.check(not missing, f"{label}: {len(missing)} files are in no row: {missing[:3]}")
    report.check(found.total() == rows, f"{label}: {found.total()} rows, there are {rows} files")
    numbers = [Path(key).stem for key in (*wrong, *missing)]
    _keep(report, label, made.cases, [made.cases[int(one)] for one in numbers if one.isdecimal() and made.cases])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    rejects = ", ".join(f"{count} {reason}" for reason, count in manifest["rejects"].items())
    report.say(
        f"{label}: {found.total()} rows, {manifest['kept']} kept, {rejects}; worker {memory.worker / 2**20:,.0f} MiB, "
        f"driver {memory.driver / 2**20:,.0f} MiB, {len(lines)} lines printed"
    )


def _keys(folder: Path) -> list[str]:
    return [
        key
        for path in sorted(folder.rglob("*.parquet"))
        for key in pq.read_table(path, columns=["key"], partitioning=None)["key"].to_pylist()
    ]


def _deadly(cases: Sequence[Case], place: Path) -> list[Case]:
    """Those that kill the process that decodes them, found by halves."""
    if not cases or _decodes(cases, place):
        return []
    if len(cases) == 1:
        return list(cases)
    half = len(cases) // 2
    return _deadly(cases[:half], place) + _deadly(cases[half:], place)


def _decodes(cases: Sequence[Case], place: Path) -> bool:
    place.mkdir(exist_ok=True)
    paths = [place / f"{number}.{case.ending}" for number, case in enumerate(cases)]
    for path, one in zip(paths, cases, strict=True):
        path.write_bytes(one.data)
    names = "\n".join(map(str, paths))
    done = subprocess.run(
        [sys.executable, "-c", _DECODE, str(PIXELS)], input=names, text=True, capture_output=True, check=False
    )
    return done.returncode == 0


def _keep(report: Report, label: str, cases: Sequence[Case], guilty: Sequence[Case]) -> None:
    """Save the bytes that failed; the seed and the number make them again."""
    for one in guilty:
        number = next(at for at, other in enumerate(cases) if other is one)
        path = KEPT / f"{report.seed}-{number:06d}.{one.ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)
        report.fail(f"{label}: case {number} ({one.done}), saved as {path}")
