"""Versions of a run's labels: `versions/0002-<model>/` beside the tables, which are the first."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tasks.score.store import Store

NAME: Final = "versions"
_LONGEST: Final = 60  # letters of a model's name


def told(place: Store) -> list[tuple[str, dict[str, Any]]]:
    """(its name below the output, its run.json) of each version of the run in ``place``, oldest first."""
    names = {name.partition("/")[0] for name in place.names(NAME)}
    found = []
    for name in sorted(filter(re.compile("[0-9]+-").match, names), key=lambda name: (_number(name), name)):
        with suppress(FileNotFoundError), place.open(f"{NAME}/{name}/run.json") as stream:
            found.append((f"{NAME}/{name}", json.load(stream)))
    return found


def all_of(out: Path) -> list[Path]:
    """The folders of the versions of the run in ``out``, oldest first."""
    folder = out / NAME
    found = folder.glob("[0-9]*-*") if folder.is_dir() else ()
    return sorted(found, key=lambda place: (_number(place.name), place.name))


@contextmanager
def opened(out: Path, model: str) -> Iterator[tuple[Path, Path]]:
    """Yield (folder to write into, folder that it becomes at the end); nothing stays of a block that fails."""
    clear(out)
    number = max((_number(place.name) for place in all_of(out)), default=1) + 1
    final = out / NAME / f"{number:04}-{slug(model)}"
    temporary = final.with_name(f".{final.name}.tmp")
    temporary.mkdir(parents=True)
    try:
        yield temporary, final
        temporary.rename(final)
    finally:
        clear(out)


def clear(out: Path) -> None:
    """Remove what a process that was killed had begun."""
    folder = out / NAME
    for place in folder.glob(".*.tmp") if folder.is_dir() else ():
        shutil.rmtree(place)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _number(name: str) -> int:
    return int(name.split("-", 1)[0])


def slug(model: str) -> str:
    """A model's name as a folder's, such as `emotion-v3`."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", model).strip("-.")[:_LONGEST] or "model"
