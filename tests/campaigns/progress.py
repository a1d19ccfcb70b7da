"""How far a `fermata prepare` is, read off the files that it leaves."""

from pathlib import Path
from typing import Final, NamedTuple

PHASES: Final = ("start", "cluster", "stage", "decide", "build", "close", "move", "end")

Seen = dict[str, tuple[int, int]]  # name of a whole file -> its inode and time: another one is another file


class Progress(NamedTuple):
    """What lies in the work folder.

    Attributes:
        phase: one of PHASES; ``start``: the folder is not claimed yet; ``cluster``: Dask starts; ``close``: all shards
            are built, Dask ends; ``move``: the manifest is written; ``end``: all is moved.
        staged: chunks after the first pass.
        built: chunks whose shards are written.
    """

    phase: str
    staged: Seen
    built: Seen


def look(target: Path, chunks: int) -> Progress:
    """Look at the work folder of ``target``, a data set of ``chunks`` chunks."""
    root = target.parent / "work" / target.name
    keys = [name for name in _list(root) if (root / name).is_dir() and not name.startswith(".")]
    folder = root / (keys[0] if keys else "none")
    staged, built = _files(folder / "staged", ".parquet"), _files(folder / "built.done", ".json")
    if (folder / "built" / "manifest.json").exists() or (target / "manifest.json").exists():
        phase = "move" if keys else "end"
    elif len(built) == chunks:
        phase = "close"
    elif (folder / "built").exists():
        phase = "build"
    elif len(staged) == chunks:
        phase = "decide"
    else:
        phase = "stage" if keys else "cluster" if (root / "lock").exists() else "start"
    return Progress(phase, staged, built)


def leftovers(data: Path, names: tuple[str, ...] = ("prepared",)) -> list[str]:
    """What a finished run should not leave: temporary files anywhere, and work besides each target's lock."""
    temporary = [
        str(path.relative_to(data))
        for name in names
        for path in (data / name).rglob("*")
        if path.name.startswith(".") or path.name.endswith(".tmp")
    ]
    work = [str(path.relative_to(data)) for path in (data / "work").glob("*/*") if path.name != "lock"]
    return sorted({*temporary, *work})


def _files(folder: Path, ending: str) -> Seen:
    found = {}
    for name in _list(folder):
        if name.endswith(ending) and not name.startswith("."):
            try:
                state = (folder / name).stat()
            except FileNotFoundError:
                continue
            found[name] = state.st_ino, state.st_mtime_ns
    return found


def _list(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
