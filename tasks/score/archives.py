"""Labels of an inbox: a folder with one results folder for each model, since a run's labels are those of one model."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tasks.errors import UsageError
from tasks.score import folder, store
from tasks.score.versions import slug
from tasks.urls import is_url, join, plain


@dataclass(frozen=True)
class Archive:
    """The results of one model.

    Attributes:
        address: a folder or URL.
        run: its run.json.
    """

    address: str
    run: dict[str, Any]

    @property
    def name(self) -> str:
        """The last part of its address."""
        return self.address.rstrip("/").rpartition("/")[2]


def place(root: str, model: str) -> str:
    """Where the results of ``model``, as `faces.model_version` names it, lie below ``root``."""
    return join(root, slug(model))


def below(root: str) -> list[Archive]:
    """The archives in ``root``, which may be one itself; the one that was written to last comes last."""
    if not is_url(plain(root)) and not Path(plain(root)).is_dir():
        return []
    if (run := folder.read(root)) is not None:
        return [Archive(root, run)]
    names = store.at(root).entries()
    found = [Archive(join(root, name), run) for name in names if (run := folder.read(join(root, name))) is not None]
    return sorted(found, key=lambda one: (str(one.run.get("started")), one.name))


def newest(root: str) -> Archive:
    """The archive that was written to last.

    Raises:
        UsageError: there is none.
    """
    if not (found := below(root)):
        raise UsageError(f"no labels in '{root}' yet. Score something first: fermata score SOURCE --out {root}")
    return found[-1]


def sources(archive: Archive) -> Iterator[str]:
    """The files that ``archive`` holds rows of; those of a run that has not ended are not known."""
    target = store.at(archive.address)
    for name in target.names("files"):
        with target.open(f"files/{name}") as stream:
            yield from pq.read_table(stream, columns=["source"])["source"].unique().to_pylist()
