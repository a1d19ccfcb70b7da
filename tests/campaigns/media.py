"""Thousands of damaged pictures, videos and archives, and archives of an enemy: all are accounted for by one run."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.dataset as ds

from campaigns import clips, hostile, mutate, scoring
from campaigns.budget import Budget
from campaigns.fuzz import LINES
from campaigns.memory import LIMIT, follow
from campaigns.mutate import MUTATIONS, Case
from campaigns.pictures import bank
from campaigns.report import Report
from tasks.media.paths import escape
from tasks.media.watch import GRACE
from tasks.schema import FILE_STATUSES

KEPT: Final = Path("out/soak/failures")
SECONDS: Final = 20.0  # that a file may take
# What can be done to anything; the others know pictures.
_DONE: Final = (
    "flipped", "flipped header", "truncated", "longer", "spliced", "hole", "random", "empty", "polyglot", "whole",
)  # fmt: skip
_SETTINGS: Final = {
    "cluster.workers": 1,
    "score.limits.unit_seconds": SECONDS,
    "score.limits.unit_memory": LIMIT,
    **{f"score.limits.{name}": value for name, value in hostile.LIMITS.items()},
}


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Score ``budget.rounds`` (2,000) damaged files beside one hostile archive of each kind."""
    files = budget.size(60 if budget.slice else 2_000)
    place = home / "inside"
    cases = [case(report.seed, number) for number in range(files)]
    names = [f"media/{number % 10}/{number:06d}.{one.ending}" for number, one in enumerate(cases)]
    made = list(hostile.hostile())
    for name, data in (
        *((name, one.data) for name, one in zip(names, cases, strict=True)),
        *((f"media/hostile/{one.name}", one.data) for one in made),
    ):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    before = _tree(home)
    command = scoring.start(place, values, "score", _SETTINGS)
    memory = follow(command, lambda: None, 0.2)
    said = command.said.strip()
    if command.code:
        report.fail(f"exit code {command.code}: {said[-500:]}")
        return
    report.check("Traceback" not in said, f"a traceback: {said[-2000:]}")
    report.check(len(said.splitlines()) <= LINES, f"{len(said.splitlines())} lines printed: {said[:300]}")
    written = {path for path in _tree(home) - before if not path.startswith("inside/labels")}
    report.check(written == {"score.log"}, f"written outside the output: {sorted(written)[:3]}")
    rows = ds.dataset(place / "labels/files").to_table().to_pylist()
    for problem in _problems(rows, [*names, *(f"media/hostile/{one.name}" for one in made)]):
        report.fail(problem)
    for problem in _hostile(rows, made):
        report.fail(problem)
    _died(report, rows, dict(zip(names, cases, strict=True)))
    totals = json.loads((place / "labels/run.json").read_text(encoding="utf-8"))["totals"]
    report.check(totals["files"] == len(rows) == sum(totals["by_status"].values()), f"totals: {totals}")
    statuses = ", ".join(f"{count} {status}" for status, count in totals["by_status"].items() if count)
    report.say(
        f"{files} damaged files and {len(made)} hostile archives: {len(rows)} rows, {statuses}; worker "
        f"{memory.worker / 2**20:,.0f} MiB, {len(memory.workers)} processes, longest "
        f"{max(row['seconds'] for row in rows):.1f} s, {len(said.splitlines())} lines printed"
    )


def case(seed: int, number: int) -> Case:
    """The file ``number`` of the campaign ``seed``: every other one a picture, then a video or an archive."""
    if number % 2 == 0:
        return mutate.case(seed, number // 2)
    rng = np.random.default_rng((seed, number, 7))
    kinds = clips.videos(seed) if number % 4 == 1 else clips.archives(seed)
    one = kinds[number // 4 % len(kinds)]
    done = str(rng.choice(_DONE))
    return Case(done, one.ending, MUTATIONS[done](rng, one, (*kinds, *bank(seed)[:4])))


def _tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def _problems(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterator[str]:
    """What is wrong with the rows as a whole."""
    found = Counter((row["source"], row["member"]) for row in rows)
    if twice := [key for key, count in found.items() if count > 1 and key[1] is None]:
        yield f"files that stand several times: {twice[:3]}"
    if missing := [name for name in names if (escape(name), None) not in found]:
        yield f"{len(missing)} files are in no row: {missing[:3]}"
    if more := {source for source, _ in found} - {escape(name) for name in names}:
        yield f"rows of files that are not there: {sorted(more)[:3]}"
    if odd := {row["status"] for row in rows} - set(FILE_STATUSES):
        yield f"no such status: {sorted(odd)}"
    if slow := [row["source"] for row in rows if row["seconds"] > SECONDS + GRACE + 1]:
        yield f"took longer than the limit: {slow[:3]}"


def _hostile(rows: Sequence[Mapping[str, Any]], made: Sequence[hostile.Hostile]) -> Iterator[str]:
    """Whose status is not as it should be."""
    found: dict[str, list[tuple[str | None, str]]] = {}
    for row in rows:
        found.setdefault(row["source"], []).append((row["member"], row["status"]))
    for one in made:
        seen = found.get(f"media/hostile/{one.name}", [])
        expected: dict[str | None, frozenset[str]] = {
            None: one.status,
            **{escape(k): v for k, v in one.members.items()},
        }
        if {member for member, _ in seen} != set(expected):
            yield f"{one.name}: members {sorted(str(member) for member, _ in seen)[:5]}"
            continue
        for member, status in seen:
            if status not in expected[member]:
                yield f"{one.name}::{member}: {status}, expected {' or '.join(sorted(expected[member]))}"


def _died(report: Report, rows: Sequence[Mapping[str, Any]], cases: Mapping[str, Case]) -> None:
    """Tell of files that ended a process or were unforeseen: they have their rows, and a library has a fault."""
    for row in rows:
        said = row["error"] or ""
        kind, _, rest = said.partition(": ")
        if "died while" in said or row["status"] == "timeout" or (rest and kind.endswith(("Error", "Exception"))):
            one = cases.get(row["source"])
            report.say(f"noted: {row['source']} {row['member'] or ''} ({one.done if one else 'hostile'}): {said[:200]}")
            if one is not None:
                KEPT.mkdir(parents=True, exist_ok=True)
                (KEPT / f"media-{report.seed}-{Path(row['source']).name}").write_bytes(one.data)
