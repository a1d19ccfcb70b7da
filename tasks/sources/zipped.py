"""Members of a zip by position: a worker reads its own few without parsing a directory of millions again.

Record layout: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.4.
"""

import bz2
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from tasks.errors import DecodeError, MediaError, SourceError, TooLargeError, UnsupportedError
from tasks.media.paths import refusal
from tasks.sources import store
from tasks.sources.remote import Piece
from tasks.sources.source import BRING, LIMIT, Entry, Found, Member

_HEADER = 30  # bytes of a local header before its name
_SIGNATURE = b"PK\x03\x04"
_SLACK: Final = 512  # bytes: what a local header may hold more than the directory says, usually some times
_MOST: Final = 2 * 0xFFFF  # bytes: what it may hold at all
_NOWHERE: Final = Entry(-1, 0)


def entries(path: str) -> list[Found]:
    """The files of a zip, in its order.

    Raises:
        SourceError: not a whole zip.
    """
    try:
        with store.opened(path) as stream, zipfile.ZipFile(stream) as archive:
            # Not is_dir(): that one fails on an empty name.
            return [_found(info) for info in archive.infolist() if not info.filename.endswith("/")]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, struct.error) as error:
        raise SourceError(f"data.path: {path!r} is not a whole zip ({store.why(error)}). {BRING}") from None


def contents(path: str, members: Sequence[Member]) -> Iterator[bytes | MediaError]:
    """The content of each member in order, or what is wrong with it.

    Raises:
        SourceError: the zip is gone.
    """
    if store.is_url(path):
        yield from _fetched(path, members)
        return
    try:
        stream = store.opened(path)
    except OSError as error:
        raise SourceError(f"data.path: no folder or zip at {path!r} ({store.why(error)}). {BRING}") from None
    with stream:
        for member in members:
            try:
                yield unpack(stream, member.size, member.entry or _NOWHERE)
            except MediaError as error:
                yield error
            except OSError as error:
                yield DecodeError(f"cannot be read: {store.why(error)}")


def unpack(stream: BinaryIO, size: int, entry: Entry) -> bytes:
    """The content of one member.

    Args:
        stream: the zip, open for reading.
        size: bytes that the directory promises.

    Raises:
        MediaError: damaged, too large or packed in a way that is not supported.
        OSError: the zip cannot be read.
    """
    if size > LIMIT or entry.packed > LIMIT:
        raise TooLargeError(f"{size:,} bytes, the limit is {LIMIT:,}")
    if entry.offset < 0:
        raise DecodeError("the zip's entry is damaged: it starts before the file")
    stream.seek(entry.offset)
    header = stream.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(_SIGNATURE):
        raise DecodeError("the zip's entry is damaged: no local header")
    stream.seek(_tail(header), 1)
    data = _inflate(stream.read(entry.packed), size, entry.method)
    if len(data) != size or zlib.crc32(data) != entry.crc:
        raise DecodeError("the zip's entry is damaged: wrong length or CRC-32")
    return data


def _found(info: zipfile.ZipInfo) -> Found:
    unsafe = refusal(info.filename)
    if unsafe is None and info.flag_bits & 1:
        unsafe = "encrypted"
    if unsafe is None and stat.S_ISLNK(info.external_attr >> 16):
        unsafe = "a link inside an archive"
    entry = Entry(info.header_offset, info.compress_size, info.compress_type, info.CRC)
    return Found(info.filename, info.file_size, str(info.CRC), unsafe or "", entry)


def _fetched(path: str, members: Sequence[Member]) -> Iterator[bytes | MediaError]:
    """One request per member; a second one where its local header is longer than most are."""
    heads = store.fetch([_piece(path, member, _SLACK) for member in members])
    for member, head in zip(members, heads, strict=True):
        entry = (member.entry or _NOWHERE)._replace(offset=0)
        whole = head
        if not isinstance(head, MediaError) and len(head) < _HEADER + _tail(head) + entry.packed:
            (whole,) = store.fetch([_piece(path, member, _MOST)])
        try:
            yield whole if isinstance(whole, MediaError) else unpack(io.BytesIO(whole), member.size, entry)
        except MediaError as error:
            yield error


def _piece(path: str, member: Member, slack: int) -> Piece:
    entry = member.entry or _NOWHERE
    return Piece(path, max(entry.offset, 0), _HEADER + len(member.name) + slack + entry.packed, exact=False)


def _tail(header: bytes) -> int:
    """Bytes of the name and of the extra field, which stand between a local header and the content."""
    return int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")


def _inflate(packed: bytes, size: int, method: int) -> bytes:
    try:
        if method == zipfile.ZIP_STORED:
            return packed
        if method == zipfile.ZIP_DEFLATED:
            # One byte over the promised size is enough to see that more would come.
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
        if method == zipfile.ZIP_BZIP2:
            return bz2.BZ2Decompressor().decompress(packed, size + 1)
    except (zlib.error, OSError) as error:
        raise DecodeError(f"the zip's entry is damaged: {error}") from None
    raise UnsupportedError(f"zip compression method {method} is not supported")
