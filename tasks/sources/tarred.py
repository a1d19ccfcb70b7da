"""Members of a tar by position, found in one pass over its headers."""

import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from tasks.errors import DecodeError
from tasks.media.paths import refusal

_HEADER: Final = 1 << 20  # bytes; tarfile reads a long name or pax header into memory whole
_LONG: Final = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip


# What tarfile lets out on damaged tars: headers in headers nest, sparse maps and numbers are trusted.
_BROKEN: Final = (
    tarfile.TarError, OSError, EOFError, zlib.error, ValueError, LookupError, ArithmeticError, RecursionError,
)  # fmt: skip


class Item(NamedTuple):
    """One member that is no folder."""

    name: str
    offset: int  # bytes: of its content
    size: int
    refusal: str  # why it must not be opened, or empty


class _Info(tarfile.TarInfo):
    """tarfile takes a damaged header for the end of the tar and reads long ones whole; this one says so."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Info":
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in _LONG and header.size > _HEADER):
            raise tarfile.ReadError(f"a header of {header.size:,} bytes")
        return header

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Info":
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from None


def items(stream: BinaryIO) -> Iterator[Item]:
    """The members in their order; ``stream`` may be read and moved between two of them.

    Raises:
        DecodeError: damage, after the members before it.
    """
    at = 0
    try:
        with tarfile.open(fileobj=stream, mode="r:", tarinfo=_Info, encoding="utf-8") as archive:
            while (info := archive.next()) is not None:
                if archive.offset <= at or info.size < 0:
                    raise tarfile.ReadError("a member that ends before it begins")
                at = archive.offset
                archive.members.clear()  # type: ignore[attr-defined]  # else a list of all members grows
                if not info.isdir():
                    yield Item(info.name, info.offset_data, info.size, _refusal(info))
    except _BROKEN as error:
        raise DecodeError(f"the tar is damaged after byte {at:,}: {' '.join(str(error).split())}") from None


def _refusal(info: tarfile.TarInfo) -> str:
    if unsafe := refusal(info.name):
        return unsafe
    if info.issym() or info.islnk():
        return "a link inside an archive"
    return "" if info.isreg() and not info.issparse() else "a special file inside an archive"
