"""Names of files and members: as text for tables, back to the file, and opened without ever blocking."""

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from tasks import remote
from tasks.errors import RefusedError
from tasks.urls import is_url

_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def escape(name: str) -> str:
    """Make a name valid Unicode: bytes that are not UTF-8 (surrogates in Python) become ``\\xe9``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def locate(source: str) -> str:
    """Undo ``escape`` where that is needed to find the file."""
    if os.path.lexists(source):
        return source
    raw = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), source.encode("utf-8"))
    return raw.decode("utf-8", "surrogateescape")


def open_regular(source: str) -> BinaryIO:
    """Open a regular file, or an object behind a URL, for reading anywhere in it.

    Raises:
        RefusedError: a pipe, socket, device or folder; it is never read.
        OSError: as the system or the store says it; a store's also later, by reading.
        SourceError: a URL whose package is not installed.
        StoreError: a bucket that doesn't answer; also later, by reading.
    """
    if is_url(source):
        return remote.opened(source, ask=remote.asked)
    path = locate(source)
    _check(Path(path).stat().st_mode)  # before opening: opening a device can have effects
    # Not blocking, because the file may have become a pipe since.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb", buffering=1 << 18)
    except BaseException:
        os.close(descriptor)
        raise


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise RefusedError(f"{_KINDS.get(stat.S_IFMT(mode), 'a special file')} is not opened")


def refusal(name: str) -> str | None:
    """Why a member's name is not to be trusted, or None. Both kinds of slashes separate folders."""
    parts = name.replace("\\", "/").split("/")
    if not name.strip("/\\"):
        return "a member without a name"
    if not parts[0] or re.match(r"[A-Za-z]:[\\/]", name):
        return "an absolute path inside an archive"
    if ".." in parts:
        return "a path that leaves the archive"
    return None
