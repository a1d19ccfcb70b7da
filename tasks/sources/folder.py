"""Files below a folder on disk; links are followed as long as they stay inside."""

import os
import stat
from pathlib import Path
from typing import Final

from tasks.errors import MediaError, RefusedError, TooLargeError, UnsupportedError
from tasks.sources.source import LIMIT, Found

LEAVES: Final = "a link that leaves the data set's folder"


def walk(root: str) -> list[Found]:
    """All files below ``root`` by name, each folder once however many links lead to it; hidden ones are left out.

    A link that leads out of ``root`` is one refused entry, whatever it leads to.

    Raises:
        OSError: a folder cannot be listed; ``filename`` says which.
    """
    found: list[Found] = []
    top = os.path.realpath(root)
    seen: set[str] = set()
    pending = [("", top)]
    while pending:
        prefix, folder = pending.pop()
        if folder in seen:
            continue
        seen.add(folder)
        inner: list[tuple[str, str]] = []
        with os.scandir(folder) as entries:
            # In order: which of two links to one folder wins must not depend on the disk.
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.startswith("."):
                    continue
                name, real = prefix + entry.name, entry.path
                if entry.is_symlink():
                    real = os.path.realpath(real)
                    if not inside(real, top):
                        found.append(Found(name, 0, "", LEAVES))
                        continue
                if _is_folder(entry):
                    inner.append((name + "/", real))
                else:
                    found.append(_described(name, entry))
        pending += reversed(inner)
    found.sort()
    return found


def inside(real: str, top: str) -> bool:
    """Whether a path without links lies in a folder without links, or is it."""
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def describe(path: str, name: str) -> Found:
    """One file; a missing one is told by its empty tag."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return Found(name, 0, "")
    return Found(name, status.st_size, str(status.st_mtime_ns))


def load(path: str, top: str = "") -> bytes:
    """The content of a regular file.

    Args:
        top: a folder without links; a path that leads out of it is refused. Empty: any path will do.

    Raises:
        MediaError: no regular file, more than LIMIT bytes, or a way out of ``top``.
        OSError: as the system says it.
    """
    if top and not inside(os.path.realpath(path), top):
        raise RefusedError(LEAVES)
    # Not blocking: opening a pipe would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnsupportedError("not a regular file")
        if status.st_size > LIMIT:
            raise too_large(status.st_size)
        return os.read(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def too_large(size: int) -> MediaError:
    """The error for a picture of ``size`` bytes or more."""
    return TooLargeError(f"{size:,} bytes, the limit is {LIMIT:,}")


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links in a circle
        return False


def _described(name: str, entry: "os.DirEntry[str]") -> Found:
    try:
        status = entry.stat()
    except OSError:  # a link to nothing: reading it will say so
        return Found(name, 0, "")
    return Found(name, status.st_size, str(status.st_mtime_ns))
