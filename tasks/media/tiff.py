"""The first directory of a TIFF, which is also what EXIF is made of (TIFF 6.0, section 2; BigTIFF)."""

import struct
from typing import Final

ORIENTATION: Final = 274
WIDTH: Final = 256
HEIGHT: Final = 257
BITS: Final = 258  # of a level
PHOTOMETRIC: Final = 262

_CODES: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}  # BYTE, SHORT, LONG, LONG8


def directory(data: bytes) -> dict[int, int]:
    """Whole-number tags of the first directory: tag to its first value; empty when there is no directory.

    Args:
        data: a TIFF file or an EXIF block, with or without its ``Exif`` prefix.
    """
    data = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return {}
    big = data[2:4] in (b"+\0", b"\0+")
    count_code, entry_size, offset_at = ("Q", 20, 8) if big else ("H", 12, 4)
    length_code, room = ("Q", 8) if big else ("I", 4)  # values that don't fit into their entry lie elsewhere
    try:
        (offset,) = struct.unpack_from(order + ("Q" if big else "I"), data, offset_at)
        (count,) = struct.unpack_from(order + count_code, data, offset)
        offset += struct.calcsize(count_code)
        tags: dict[int, int] = {}
        for at in range(offset, offset + min(count, 4096) * entry_size, entry_size):
            tag, kind, length = struct.unpack_from(order + "HH" + length_code, data, at)
            if kind in _CODES:
                place, size = at + 4 + room, struct.calcsize(_CODES[kind])
                if length * size > room:
                    (place,) = struct.unpack_from(order + length_code, data, place)
                if place + size <= len(data):
                    (tags[tag],) = struct.unpack_from(order + _CODES[kind], data, place)
        return tags
    except struct.error:
        return {}
