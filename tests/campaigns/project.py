"""A small project without git, as a user has it: code, dvc.yaml, params.yaml and a zip of faces."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from campaigns.processes import Command
from flows.demo import copy_project
from tasks import files
from tasks.params import parse

ROOT: Final = Path(__file__).parents[2]
REPRO: Final = ("-m", "dvc", "repro", "prepare")
PREPARE: Final = ("-m", "flows.cli", "prepare")
OLD: Final = {"old.txt": "as it was"}  # a data set of an earlier day


def make(folder: Path, settings: dict[str, Any]) -> Path:
    """A project in ``folder`` with ``settings`` over the defaults."""
    copy_project(ROOT, folder)
    (folder / "params.yaml").write_text(yaml.safe_dump(parse(settings).model_dump()), encoding="utf-8")
    return folder


def environment_in(folder: Path, values: Mapping[str, str]) -> dict[str, str]:
    """What commands in the project ``folder`` see: its own copy of the code, whatever is edited elsewhere meanwhile."""
    return dict(values) | {"PYTHONPATH": str(folder)}


def forget(folder: Path) -> None:
    """Take away all that runs left: the next one starts from nothing, and DVC knows no earlier result."""
    for name in ("data/prepared", "data/work", ".dvc/cache"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("data/raw.json", "dvc.lock"):
        (folder / name).unlink(missing_ok=True)


def put_old(folder: Path) -> None:
    """An earlier data set where the new one goes."""
    for name, text in OLD.items():
        files.write_text(folder / "data/prepared" / name, text)


def start(folder: Path, values: Mapping[str, str], words: Sequence[str], name: str) -> Command:
    """A command in the project ``folder``; what it prints goes to a log beside the project."""
    return Command(words, folder, environment_in(folder, values), folder.with_name(f"{folder.name}-{name}.log"))


def content(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below ``folder``; nothing where that is not there."""
    return {
        path.relative_to(folder).as_posix(): files.sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
