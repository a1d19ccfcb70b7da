"""Members of zip and tar archives, one after the other, never unpacked to disk."""

import bz2
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import IO, Final, cast

from tasks.errors import DecodeError, MediaError, RefusedError, TooLargeError, UnsupportedError
from tasks.media.meter import Readable
from tasks.media.paths import escape, open_regular, refusal
from tasks.params import Limits

READABLE: Final = ("zip", "tar", "tar.gz", "tar.bz2", "tar.xz")
# What the standard library raises on damaged archives and members.
BROKEN: Final = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, struct.error,
    UnicodeDecodeError, NotImplementedError,
)  # fmt: skip

_TAR_HEADER: Final = 1 << 20  # bytes; tarfile reads a long name or pax header into memory whole
_LONG_HEADERS: Final = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip

_UNPACKERS: Final[dict[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    "tar.gz": lambda file: cast("IO[bytes]", gzip.GzipFile(fileobj=file)),
    "tar.bz2": lambda file: cast("IO[bytes]", bz2.BZ2File(file)),
    "tar.xz": lambda file: cast("IO[bytes]", lzma.LZMAFile(file)),  # noqa: SIM115  the caller closes it
}


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Args:
        name: as the archive has it, made valid Unicode.
        refusal: why it must not be opened, or None.
        open: its unpacked bytes; to be read before the next member is asked for.
    """

    name: str
    refusal: MediaError | None
    open: Callable[[], Readable]


def members(source: str, format: str, limits: Limits) -> Iterator[Member]:  # noqa: A002  the field's word
    """List the members in the order of the archive, folders left out; of two with one name the second is refused.

    Args:
        source: path of the archive.
        format: one of ``READABLE``.
        limits: ``file_bytes``, of a whole tar, also of a packed one: what is passed over has to be unpacked as well.

    Raises:
        TooLargeError: a tar is over the limit; raised after the members before it.
        DecodeError: the archive is damaged; raised where the damage is met, after the members before it.
        RefusedError: the source is no regular file.
    """
    seen: set[str] = set()
    try:
        for member in _zip(source) if format == "zip" else _tar(source, format, limits):
            refused = member.refusal
            if refused is None and member.name in seen:
                refused = RefusedError("a second member of the same name")
            seen.add(member.name)
            yield Member(member.name, refused, member.open)
    except BROKEN as error:
        raise DecodeError(f"broken archive: {explain(error)}") from error


def explain(error: BaseException) -> str:
    """One line for an error of the standard library."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


class _Sips:
    """Reads little at a time: zipfile unpacks as much bzip2 or LZMA as it is asked to read, without a bound."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        pieces: list[bytes] = []
        while size and (piece := self._stream.read(min(size, 4096))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def _zip(source: str) -> Iterator[Member]:
    with open_regular(source) as file, zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if not info.filename.endswith("/"):
                yield Member(escape(info.filename), _zip_refusal(info), partial(_zip_open, archive, info))


def _zip_refusal(info: zipfile.ZipInfo) -> MediaError | None:
    if unsafe := refusal(info.filename):
        return RefusedError(unsafe)
    if info.flag_bits & 1:
        return RefusedError("an encrypted member")
    if stat.S_ISLNK(info.external_attr >> 16):
        return RefusedError("a link inside an archive")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        return UnsupportedError(f"compressed by zip's method {info.compress_type}")
    return None


def _zip_open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Readable:
    stream = archive.open(info)
    return _Sips(stream) if info.compress_type in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA) else stream


class _Bounded:
    """Stops above ``limit`` unpacked bytes: a few megabytes of bzip2 are terabytes that would be passed over."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._limit, self._count = stream, limit, 0

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > self._limit:
            raise TooLargeError(f"more than {self._limit:,} bytes unpacked (file_bytes)")
        return data


class _Header(tarfile.TarInfo):
    """tarfile takes a damaged header for the end of the archive and reads long ones whole; this one says so."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        header = super().frombuf(buf, encoding, errors)
        if header.type in _LONG_HEADERS and header.size > _TAR_HEADER:
            raise tarfile.ReadError(f"a header of {header.size:,} bytes")
        return header

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Header":
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"{error} at byte {tarfile_.offset:,}") from error


def _tar(source: str, format: str, limits: Limits) -> Iterator[Member]:  # noqa: A002  the field's word
    with ExitStack() as stack:
        file = stack.enter_context(open_regular(source))
        # Not tarfile's own "r|gz": that one takes a truncated stream for a short one.
        unpacked = stack.enter_context(_UNPACKERS[format](file)) if format in _UNPACKERS else file
        bounded = cast("IO[bytes]", _Bounded(unpacked, limits.file_bytes))
        archive = stack.enter_context(tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Header, encoding="utf-8"))
        while (info := archive.next()) is not None:
            if not info.isdir():
                yield Member(escape(info.name), _tar_refusal(info), partial(_tar_open, archive, info))
            archive.members.clear()  # type: ignore[attr-defined]  # else a list of all members grows


def _tar_refusal(info: tarfile.TarInfo) -> MediaError | None:
    if unsafe := refusal(info.name):
        return RefusedError(unsafe)
    if info.issym() or info.islnk():
        return RefusedError("a link inside an archive")
    return None if info.isreg() else RefusedError("a special file inside an archive")


def _tar_open(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Readable:
    stream = archive.extractfile(info)
    if stream is None:
        raise DecodeError("a member without content")
    return cast("Readable", stream)
