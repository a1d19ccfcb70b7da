"""Where files lie, seen from the sources of a run, and what was seen in each folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.media.paths import escape

MAX_FOLDERS = 12


class Places:
    """Names of the folders right below the sources."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._roots = frozenset(escape(source).rstrip("/") for source in sources)
        self._known: dict[str, str] = {}  # by the folder that a file lies in

    @property
    def root(self) -> str:
        """What the names of all files begin with, with its slash; empty where there are several sources."""
        return f"{next(iter(self._roots))}/" if len(self._roots) == 1 else ""

    def folder(self, source: str) -> str:
        """The top-level folder of a file: ``a`` of ``media/a/b/c.jpg``, empty of ``media/c.jpg``.

        Of several sources it is called by its path; so is that of a file which is below none of them.
        """
        parent = source.rpartition("/")[0]
        if parent not in self._known:
            self._known[parent] = self._top(parent)
        return self._known[parent]

    def _top(self, parent: str) -> str:
        root = parent
        while root not in self._roots:
            root, slash, _ = root.rpartition("/")
            if not slash:
                return parent
        top = parent[len(root) + 1 :].partition("/")[0]
        return top if self.root else f"{root}/{top}".rstrip("/")


@dataclass(frozen=True)
class Folder:
    """One top-level folder; ``faces`` by kind (``faces.KINDS``), shape (8,)."""

    name: str
    files: int
    faces: NDArray[np.int64]


def largest(files: Mapping[str, int], faces: Mapping[str, NDArray[np.int64]]) -> tuple[Folder, ...]:
    """The folders with the most faces, then the most files; at most ``MAX_FOLDERS``.

    Args:
        files: by folder.
        faces: by folder and kind, shape (8,); a folder without faces may be missing.
    """
    none = np.zeros(8, np.int64)
    every = [Folder(name, count, faces.get(name, none)) for name, count in files.items()]
    return tuple(sorted(every, key=lambda item: (-int(item.faces.sum()), -item.files, item.name))[:MAX_FOLDERS])
