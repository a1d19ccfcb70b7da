"""Members of a zip by position: a worker reads its own few without parsing a directory of millions again.

Record layout: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.4.
"""

import bz2
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from tasks.errors import DecodeError, RefusedError, SourceError, TooLargeError, UnsupportedError
from tasks.sources.source import BRING, Member

LIMIT: Final = 256 << 20  # bytes of one unpacked picture; more is a bomb or no face

_HEADER = 30  # bytes of a local header before its name
_SIGNATURE = b"PK\x03\x04"


def entries(path: Path) -> list[Member]:
    """The files of a zip, in its order; ``split`` and ``label`` are not known yet.

    Raises:
        SourceError: not a whole zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [
                Member(
                    info.filename,
                    "",
                    -1,
                    info.header_offset,
                    info.compress_size,
                    info.file_size,
                    info.compress_type,
                    info.CRC,
                    bool(info.flag_bits & 1),
                )
                for info in archive.infolist()
                if not info.is_dir()
            ]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise SourceError(f"data.path: {str(path)!r} is not a whole zip ({error}). {BRING}") from None


def unpack(stream: BinaryIO, member: Member) -> bytes:
    """The content of one member.

    Args:
        stream: the zip, open for reading.

    Raises:
        MediaError: damaged, encrypted, too large or packed in a way that is not supported.
        OSError: the zip cannot be read.
    """
    if member.encrypted:
        raise RefusedError("encrypted")
    if member.size > LIMIT or member.packed > LIMIT:
        raise TooLargeError(f"{member.size:,} bytes, the limit is {LIMIT:,}")
    if member.offset < 0:
        raise DecodeError("the zip's entry is damaged: it starts before the file")
    stream.seek(member.offset)
    header = stream.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(_SIGNATURE):
        raise DecodeError("the zip's entry is damaged: no local header")
    stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    data = _inflate(stream.read(member.packed), member)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise DecodeError("the zip's entry is damaged: wrong length or CRC-32")
    return data


def _inflate(packed: bytes, member: Member) -> bytes:
    try:
        if member.method == zipfile.ZIP_STORED:
            return packed
        if member.method == zipfile.ZIP_DEFLATED:
            # One byte over the promised size is enough to see that more would come.
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size + 1)
        if member.method == zipfile.ZIP_BZIP2:
            return bz2.BZ2Decompressor().decompress(packed, member.size + 1)
    except (zlib.error, OSError) as error:
        raise DecodeError(f"the zip's entry is damaged: {error}") from None
    raise UnsupportedError(f"zip compression method {member.method} is not supported")
