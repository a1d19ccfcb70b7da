"""`fermata score` as campaigns run it, and the tables that it leaves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow.dataset as ds

from campaigns.processes import Command
from tasks.score.compact import TABLES

ROOT: Final = Path(__file__).parents[2]
Tables = dict[str, list[str]]


def start(
    place: Path, values: Mapping[str, str], name: str, settings: Mapping[str, Any], out: str = "labels", *more: str
) -> Command:
    """Score `media` in ``place`` with the reference model; what is printed goes to ``name``.log beside ``place``."""
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    words = ["-m", "flows.cli", "score", "media", "--out", out, "--detector", "haar", "--no-faces", *sets, *more]
    words += ["--model", str(ROOT / "models/reference")]
    return Command(words, place, dict(values) | {"PYTHONPATH": str(ROOT)}, place.with_name(f"{name}.log"))


def tables(out: Path) -> Tables:
    """The rows of each table, in no order, but for what differs from run to run: a scheduler's names are absolute."""
    found: Tables = {}
    for name in (name for name in TABLES if name != "crops"):  # of which no campaign keeps any
        table = ds.dataset(out / name).to_table()
        table = table.drop_columns([one for one in ("seconds", "run_id") if one in table.column_names])
        rows = (json.dumps(row, sort_keys=True) for row in table.to_pylist())
        found[name] = sorted(row.replace(f'"{out.parent.absolute()}/', '"') for row in rows)
    return found


def differences(found: Tables, wanted: Tables) -> str:
    """How tables differ, in a line; empty: not at all."""
    said = []
    for name, rows in wanted.items():
        missing, more = set(rows) - set(found[name]), set(found[name]) - set(rows)
        if missing or more or len(rows) != len(found[name]):
            said.append(f"{name}: {len(found[name])} rows of {len(rows)}, {len(missing)} missing, {len(more)} others")
    return "; ".join(said)


def leftovers(out: Path) -> list[str]:
    """What a finished run should not leave."""
    names = sorted(path.name for path in out.iterdir() if path.name.startswith(".") or path.name == "units")
    return [name for name in names if name != ".lock"]
