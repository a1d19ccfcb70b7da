"""The output folder of a run: who may write to it, and what run.json says."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from tasks import files
from tasks.errors import OutputError

RUN = "run.json"
LOCK = ".lock"
FORGETTING = ".forgetting.json"  # what `forget` is removing; it stands until all is gone


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Keep other processes from writing to the existing folder ``out`` while the block runs.

    Raises:
        OutputError: another one writes there now.
    """
    lock = FileLock(out / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise OutputError(f"another run is working in '{out}' now. Wait for it, or use another folder") from None
    try:
        yield
    finally:
        lock.release()  # the file stays: to remove it would let two runs lock two files of that name


@contextmanager
def claim(out: Path, fingerprint: str, resume: bool, overwrite: bool) -> Iterator[dict[str, Any] | None]:
    """Hold ``out`` for one run while the block runs; yield its run.json when there is nothing left to resume.

    Raises:
        OutputError: another run works there now; it holds an earlier run (and neither ``resume`` nor ``overwrite``
            was said, or its fingerprint is another one); or it holds something that no run wrote.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"--out: '{out}' is a file, not a folder")
    out.mkdir(parents=True, exist_ok=True)
    with held(out):
        earlier = _check(out, fingerprint, resume, overwrite)
        yield earlier if earlier is not None and earlier.get("state") == "finished" else None


def _check(out: Path, fingerprint: str, resume: bool, overwrite: bool) -> dict[str, Any] | None:
    """The earlier run to go on with; None for a new one."""
    held = [place for place in out.iterdir() if place.name != LOCK]
    if not held:
        return None
    earlier = _earlier(out)
    if earlier is None:
        raise OutputError(f"--out: '{out}' holds files of something else ('{held[0].name}', ...). Use another folder")
    if overwrite:
        for place in held:
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()
        return None
    if not resume:
        state = "finished" if earlier.get("state") == "finished" else "unfinished"
        raise OutputError(
            f"--out: '{out}' already holds a run ({state}, {earlier.get('started')}). "
            "Use --resume to go on with it, --overwrite to replace it, or another folder"
        )
    check_whole(out)
    if earlier.get("fingerprint") != fingerprint:
        raise OutputError(
            f"--resume: '{out}' holds results of another model, detector or sampling, "
            "or with crops and now without, or the other way round. Use the same, or --overwrite, or another folder"
        )
    return earlier


def check_whole(out: Path) -> None:
    """Make sure that nothing is half forgotten in ``out``.

    Raises:
        OutputError: it is.
    """
    if (out / FORGETTING).exists():
        raise OutputError(f"'{out}': `fermata forget` was stopped there. Run it again, then this")


def _earlier(out: Path) -> dict[str, Any] | None:
    try:
        found = files.read_json(out / RUN)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "fingerprint" in found else None
