"""Files and folders by path or by URL (``s3://``, ``https://``, ``memory://`` and what else fsspec opens).

Paths on disk go straight to the system; everything else goes through ``remote``.
"""

import gzip
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tasks.errors import DecodeError, MediaError, RefusedError, SourceError
from tasks.sources import folder, remote
from tasks.sources.remote import Piece
from tasks.sources.source import BRING, Found
from tasks.urls import folder_of, is_url, join, plain

__all__ = [
    "below", "describe", "fetch", "folder_of", "is_url", "join", "load", "locate", "opened", "plain", "pointed",
    "unzipped", "walk", "why",
]  # fmt: skip


def describe(path: str) -> Found | None:
    """The file at ``path`` by its last name, or None where a folder is.

    Raises:
        SourceError: nothing there, or a store that does not answer.
    """
    try:
        if is_url(path):
            return remote.describe(path)
        place = Path(path)
        return None if place.is_dir() else _checked(place)
    except FileNotFoundError:
        raise SourceError(f"data.path: no file or folder at {path!r}. {BRING}") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"data.path: {path!r} cannot be read: {why(error)}") from None


def walk(path: str) -> list[Found]:
    """All files below a folder by name, hidden ones left out.

    Raises:
        SourceError: it cannot be listed.
    """
    try:
        return remote.walk(path) if is_url(path) else folder.walk(path)
    except OSError as error:
        raise SourceError(f"data.path: {error.filename or path!r} cannot be listed: {why(error)}") from None


def locate(path: str, endings: tuple[str, ...], kind: str) -> str:
    """The file at ``path``, or the only one in the folder ``path`` whose name has one of ``endings``.

    Raises:
        SourceError: no such file, or several in the folder.
    """
    if describe(path) is not None:
        return path
    found = [one.name for one in walk(path) if "/" not in one.name and one.name.lower().endswith(endings)]
    if len(found) > 1:
        raise SourceError(
            f"data.path: {path!r} holds {len(found)} such files ({', '.join(found[:5])}). Name one of them"
        )
    if not found:
        raise SourceError(f"data.path: no {kind} in {path!r}. {BRING}")
    return join(path, found[0])


def opened(path: str) -> BinaryIO:
    """Open one file for reading.

    Raises:
        OSError: also later, by reading.
    """
    return remote.opened(path) if is_url(path) else Path(path).open("rb")


@contextmanager
def unzipped(path: str) -> Iterator[BinaryIO]:
    """One file, gunzipped where its first bytes say so: names lie.

    Raises:
        SourceError: it cannot be read, also later.
    """
    try:
        with opened(path) as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not zipped:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield cast(BinaryIO, stream)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"data.path: {path!r} cannot be read: {why(error)}") from None


def below(root: str, name: str) -> str:
    """What a data set in the folder ``root`` points to with ``name``: a path relative to it, or a URL.

    Raises:
        RefusedError: a path that leaves ``root``.
    """
    if is_url(name):
        if "::" in name:
            raise RefusedError("an address inside an address")
        return name
    if "\x00" in name:
        raise RefusedError("a path with a zero byte")
    path = os.path.normpath(name.replace("\\", "/"))
    if path.startswith("/") and not is_url(root):
        path = os.path.relpath(path, Path(root).absolute())
    if path.startswith("/") or path.split("/", 1)[0] in ("..", "."):
        raise RefusedError("a path that leaves the data set's folder; elsewhere is reached by a URL, as file:// is")
    return path


def pointed(root: str, name: str, top: str) -> Piece:
    """What ``below`` gave for ``root``, as a whole file to read; ``top`` is ``root`` without links, empty for a URL."""
    return Piece(plain(name)) if is_url(name) else Piece(join(root, name), top=top)


def fetch(pieces: Sequence[Piece]) -> Iterator[bytes | MediaError]:
    """The content of each piece in order, or what is wrong with it; of files on disk always all of it."""
    elsewhere = remote.fetch([piece for piece in pieces if is_url(piece.url)])
    for piece in pieces:
        yield next(elsewhere) if is_url(piece.url) else load(piece.url, piece.top)


def load(path: str, top: str = "") -> bytes | MediaError:
    """The whole content of one file on disk, or what is wrong with it."""
    try:
        return folder.load(path, top)
    except MediaError as error:
        return error
    except (OSError, ValueError) as error:
        return DecodeError(f"cannot be read: {why(error)}")


def why(error: Exception) -> str:
    """What the system or the store said, on one line."""
    return " ".join(str(getattr(error, "strerror", None) or error).split()) or type(error).__name__


def _checked(place: Path) -> Found:
    if not stat.S_ISREG(place.stat().st_mode):
        raise SourceError(f"data.path: {str(place)!r} is neither a file nor a folder")  # a pipe would be waited for
    return folder.describe(str(place), place.name)
