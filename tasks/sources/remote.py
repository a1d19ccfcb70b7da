"""Files behind URLs, opened by fsspec; endpoint and credentials come from the environment that each store defines.

Whatever a store raises becomes an OSError with one line of text: its clients' exceptions have no common root.
"""

import errno
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, Final, NamedTuple

from tasks import remote
from tasks.errors import DecodeError, MediaError, SourceError
from tasks.remote import errors
from tasks.sources.folder import too_large
from tasks.sources.source import LIMIT, Found
from tasks.urls import WEB

BLOCK: Final = 1 << 20  # bytes of one request while a file is read through
THREADS: Final = 16  # requests at once: small objects are all waiting
WINDOW: Final = 2 * THREADS  # objects in memory

_TAGS: Final = ("ETag", "etag", "checksum", "md5", "mtime", "LastModified", "Last-Modified", "updated", "created")


class Piece(NamedTuple):
    """What to read of one file: ``size`` bytes from ``start``; -1: all of it, up to LIMIT.

    ``exact`` says that fewer bytes are an error.
    ``top``, for files on disk: a folder without links; a link that leads out of it is refused. Empty: any will do.
    """

    url: str
    start: int = 0
    size: int = -1
    exact: bool = True
    top: str = ""


def describe(url: str) -> Found | None:
    """One object by the last part of its name; None where it is a folder.

    Raises:
        OSError: nothing there, or the store does not answer.
    """
    with errors(url):
        store, path = _store(url)
        store.invalidate_cache()
        info = store.info(path)
    return None if info.get("type") == "directory" else _found(path.rstrip("/").rpartition("/")[2], info)


def walk(url: str) -> list[Found]:
    """All objects below ``url`` by name, hidden ones left out.

    Raises:
        OSError: the store cannot be listed.
    """
    with errors(url):
        store, path = _store(url)
        store.invalidate_cache()
        root = path.rstrip("/") + "/"
        listed = store.find(path, detail=True)
        names = ((name.removeprefix(root), info) for name, info in listed.items() if info.get("type") != "directory")
        # An object that is called like a folder is what consoles leave behind for an empty one.
        return sorted(_found(name, info) for name, info in names if not name.startswith(".") and "/." not in name)


def opened(url: str) -> BinaryIO:
    """Open one object for reading anywhere in it.

    Raises:
        OSError: also later, by reading and seeking.
    """
    with errors(url):
        _store(url)
        return remote.opened(url)


def fetch(pieces: list[Piece]) -> Iterator[bytes | MediaError]:
    """The content of each piece in order, or what is wrong with it; several are under way at once.

    Raises:
        SourceError: a store answers none of many requests: better a run that stops than a data set of rejects. Dead
            links to the web are nothing unusual.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(pieces), WINDOW):
            window = pieces[start : start + WINDOW]
            # In this one thread: each thread would make, and never close, connections of its own.
            found = list(pool.map(_fetched, window, [_located(piece.url) for piece in window]))
            if len(window) == WINDOW and all(map(_unanswered, window, found)):
                raise SourceError(f"data.path: {window[0].url!r} and those after it cannot be read: {_why(found[0])}")
            for one in found:
                yield DecodeError(f"cannot be read: {_why(one)}") if isinstance(one, OSError) else one


def _store(url: str) -> tuple[Any, str]:
    """The store behind ``url`` and the path in it."""
    try:
        return remote.located(url)
    except SourceError as error:
        raise SourceError(f"data.path: {error}") from None


def _located(url: str) -> tuple[Any, str] | OSError:
    try:
        with errors(url):
            return _store(url)
    except OSError as error:
        return error


def _fetched(piece: Piece, located: tuple[Any, str] | OSError) -> bytes | MediaError | OSError:
    if isinstance(located, OSError):
        return located
    try:
        with errors(piece.url):
            return _read(*located, piece)
    except (MediaError, OSError) as error:
        return error


def _unanswered(piece: Piece, found: bytes | MediaError | OSError) -> bool:
    return isinstance(found, OSError) and found.errno != errno.ENOENT and not piece.url.startswith(WEB)


def _why(error: object) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)


def _read(store: Any, path: str, piece: Piece) -> bytes:
    size = piece.size
    if size < 0:
        if path.startswith(WEB):
            return _streamed(store, path)
        size = int(store.info(path)["size"])
    if size > LIMIT:
        raise too_large(size)
    data = bytes(store.cat_file(path, start=piece.start, end=piece.start + size)) if size else b""
    if len(data) > size or (piece.exact and len(data) < size):
        raise DecodeError(
            f"{len(data):,} bytes came, {size:,} were asked for: it changed, or its server knows no ranges"
        )
    return data


def _streamed(store: Any, path: str) -> bytes:
    """A web server's file without believing what it says about the size."""
    data = bytearray()
    with store.open(path, "rb", block_size=0, size=1) as stream:  # a size of any kind saves asking for it first
        while piece := stream.read(BLOCK):
            data += piece
            if len(data) > LIMIT:
                raise too_large(len(data))
    return bytes(data)


def _found(name: str, info: dict[str, Any]) -> Found:
    tag = next((str(info[key]) for key in _TAGS if info.get(key)), "")
    return Found(name, int(info.get("size") or 0), tag)
