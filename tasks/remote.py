"""Files behind URLs, opened by fsspec; endpoint and credentials come from the environment that each store defines.

Whatever a store raises becomes an OSError with one line of text: its clients' exceptions have no common root.
"""

import errno
import io
import random
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, Final, TypeVar, cast

import fsspec

from tasks.errors import MediaError, SourceError, StoreError
from tasks.urls import WEB, masked, shown

BLOCK: Final = 4 << 20  # bytes of one request while a file is read through
BLOCKS: Final = 4  # of one file in memory: a container's index, and where it is read
UNSIZED: Final = 1 << 30  # bytes: most of a file whose server doesn't say how large it is
WAITS: Final = (0.2, 0.6, 2.0, 6.0)  # seconds before a request is made again, each up to half as long again

_PERSISTENT: Final = ("s3", "gs", "gcs")  # their clients try again by themselves, for some 20 seconds
_PACKAGED: Final = ("s3", "s3a", "http", "https")  # come with the extra `s3`
# What passes by: a connection that broke or timed out, a server that had too much to do. By name, as each client has
# its own and none may be installed; a plain OSError is what s3fs makes of an answer that nothing else fits.
_PASSING: Final = frozenset((
    "ConnectionError", "TimeoutError", "FSTimeoutError", "IncompleteRead", "HTTPClientError", "ResponseStreamingError",
    "ClientConnectionError", "ClientPayloadError", "ServerDisconnectedError", "ResponseParserError",
))  # fmt: skip
_LASTING: Final = (
    errno.EINVAL,
    errno.EPERM,
    errno.ENOSYS,
    errno.ENOSPC,
    errno.EFBIG,
    errno.ENAMETOOLONG,
    errno.EMSGSIZE,
)

Result = TypeVar("Result")
Ask = Callable[[str, Callable[[], Any]], Any]


class PassingError(OSError):
    """A store did not answer as it should, but may when it is asked again."""


def located(url: str) -> tuple[Any, str]:
    """The store behind ``url`` and the path in it; what follows the scheme is a name, also with ``::`` in it.

    Raises:
        SourceError: its package is not installed.
        ValueError: no such scheme.
    """
    scheme = url.partition("://")[0].lower()
    try:
        kind = cast(Any, fsspec.get_filesystem_class(scheme))
        return kind(**kind._get_kwargs_from_urls(url)), str(kind._strip_protocol(url))
    except ImportError as error:
        help_ = "make install EXTRAS=s3" if scheme in _PACKAGED else " ".join(str(error).split())
        raise SourceError(f"{shown(url)!r} needs a package that is not installed: {help_}") from None


@contextmanager
def errors(url: str) -> Iterator[None]:
    """Turn what stores raise into OSError; ``PassingError`` where it may pass by."""
    try:
        yield
    except (SourceError, MediaError, StoreError, MemoryError, PassingError):
        raise
    except Exception as error:  # noqa: BLE001  each store has exceptions of its own
        # Of the web, fsspec says that no file was found whatever was wrong.
        doubtful = isinstance(error, FileNotFoundError) and url.lower().startswith(WEB)
        raise _told(cast(Exception, (doubtful and error.__cause__) or error), shown(url)) from None


def tried(url: str, call: Callable[[], Result]) -> Result:
    """What ``call`` gives; it is called again, a few times and later each time, when what went wrong may pass by.

    What it does must do no harm when it is done twice: the answer that is lost may be of a request that was served.

    Raises:
        OSError: what went wrong the last time.
    """
    for wait in WAITS[-1:] if url.startswith(_PERSISTENT) else WAITS:
        try:
            with errors(url):
                return call()
        except PassingError:
            time.sleep(wait * random.uniform(1, 1.5))  # noqa: S311  a pause
    with errors(url):
        return call()


def asked(url: str, call: Callable[[], Result]) -> Result:
    """As ``tried``; where it isn't the object's fault but its bucket's that doesn't answer at all, that is said.

    A web server that is away is one of many, whose files may well be missing from the others'.

    Raises:
        StoreError: the bucket doesn't answer.
        OSError: as of ``tried``.
    """
    try:
        return tried(url, call)
    except PassingError as error:
        if not url.startswith(_PERSISTENT):
            raise
        if _away(url):
            place = shown("/".join(url.split("/")[:3]))
            raise StoreError(
                f"the store of '{place}' does not answer ({error.strerror}). "
                "What is finished is kept; where the command has --resume, that goes on from it"
            ) from None
    return tried(url, call)  # it has come back meanwhile


def _away(url: str) -> bool:
    """Whether the bucket of ``url`` says nothing at all, not even that something isn't there."""
    try:
        with errors(url):
            store, _ = located(url)
            store.invalidate_cache()
            store.info("/".join([*url.split("/")[2:3], ".fermata-is-anybody-there"]))
    except PassingError:
        return True
    except OSError:
        return False
    return False


def info(url: str, ask: Ask = tried) -> dict[str, Any]:
    """What the store says of one object or folder: ``size`` (None: unknown), ``type``, and more.

    Args:
        ask: how the store is asked, such as ``tried`` or ``asked``.

    Raises:
        OSError: nothing there, or the store does not answer.
    """

    def told() -> dict[str, Any]:
        store, path = located(url)
        store.invalidate_cache()
        return dict(store.info(path))

    found: dict[str, Any] = ask(url, told)
    return found


def names(url: str) -> list[str]:
    """All objects below ``url``, relative to it, sorted.

    Raises:
        OSError: the store cannot be listed.
    """

    def ask() -> list[str]:
        store, path = located(url)
        store.invalidate_cache()
        root = path.rstrip("/") + "/"
        listed = store.find(path, detail=True)
        # An object that is called like a folder is what consoles leave behind for an empty one.
        return sorted(
            name.removeprefix(root)
            for name, found in listed.items()
            if name.startswith(root) and not name.endswith("/") and found.get("type") != "directory"
        )

    return tried(url, ask)


def opened(url: str, block: int = 0, ask: Ask = tried) -> BinaryIO:
    """Open one object for reading anywhere in it, by requests of ``block`` bytes (BLOCK) that are tried again.

    A web server that knows no ranges is read once, into a temporary file that goes when this one is closed.

    Args:
        ask: as of ``info``; also what it raises is raised later, by reading.

    Raises:
        OSError: also later, by reading.
    """
    size = info(url, ask).get("size")
    return io.BufferedReader(_Blocks(url, None if size is None else int(size), block or BLOCK, ask), 1 << 16)


class _Blocks(io.RawIOBase):
    """An object as a file that can be sought."""

    def __init__(self, url: str, size: int | None, block: int, ask: Ask) -> None:
        self._url, self._at, self._step, self._ask = url, 0, block, ask
        self._store, self._path = located(url)
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._spool: IO[bytes] | None = None
        self._size = ask(url, lambda: self._fill(UNSIZED)) if size is None else size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        if self._at >= self._size or not len(buffer):
            return 0
        number, offset = divmod(self._at, self._step)
        data = memoryview(self._block(number))[offset : offset + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()
        super().close()

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            self._blocks[number] = self._ask(self._url, lambda: self._read(number * self._step))
            if len(self._blocks) > BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number]

    def _read(self, start: int) -> bytes:
        end = min(start + self._step, self._size)
        if self._spool is None and self._url.lower().startswith(WEB):
            found = self._ranged(start, end)
            if found is None:
                self._fill(self._size)
        elif self._spool is None:
            found = bytes(self._store.cat_file(self._path, start=start, end=end))
        if self._spool is not None:
            self._spool.seek(start)
            found = self._spool.read(end - start)
        if found is None or len(found) != end - start:
            raise PassingError(errno.EIO, "less came than was asked for: it changed, or the connection broke")
        return found

    def _ranged(self, start: int, end: int) -> bytes | None:
        """A piece of a web server's file; None where it would send all of it."""
        wanted = {"Range": f"bytes={start}-{end - 1}"}
        with self._store.open(self._path, "rb", block_size=0, size=1, headers=wanted) as stream:
            if stream.r.status != 206:
                return None
            data = bytearray()
            while len(data) <= end - start and (piece := stream.read(end - start + 1 - len(data))):
                data += piece
            return bytes(data)

    def _fill(self, most: int) -> int:
        """Fetch the whole file; its size."""
        spool = tempfile.TemporaryFile(prefix="fermata-")  # noqa: SIM115  open as long as this file
        try:
            with self._store.open(self._path, "rb", block_size=0, size=1) as stream:
                while piece := stream.read(BLOCK):
                    spool.write(piece)
                    if spool.tell() > most:
                        raise OSError(errno.EFBIG, f"more than {most:,} bytes came")
        except BaseException:
            spool.close()
            raise
        self._spool = spool
        return spool.tell()


def _told(error: Exception, url: str) -> OSError:
    """``error`` as an OSError about ``url``."""
    status, name = getattr(error, "status", None), masked(url)
    if isinstance(error, FileExistsError):
        return FileExistsError(errno.EEXIST, "it is there already", name)
    if isinstance(error, FileNotFoundError) or status in (404, 410):
        return FileNotFoundError(errno.ENOENT, "no such file or object", name)
    text = f"the server answers {status} {getattr(error, 'message', '')}" if status else str(error)
    text = masked(" ".join(text.split()) or type(error).__name__)[:200]
    if isinstance(status, int):
        passing = status >= 500 or status in (408, 425, 429)
    else:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        passing = bool(kinds & _PASSING) or (type(error) is OSError and error.errno not in _LASTING)
    return (PassingError if passing else OSError)(errno.EIO, text, name)
