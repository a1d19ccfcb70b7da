"""Size and orientation of a picture from its header, and whether the file is whole, before anything is decoded."""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tasks.errors import DecodeError
from tasks.media import tiff

_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])")
_MARKER_IN_SCAN: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a segment
_TRUNCATED: Final = "truncated: the file ends inside the picture"


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture's header says.

    Args:
        width, height: pixels as stored.
        orientation: EXIF's, 1..8, of formats that OpenCV does not turn upright by itself when alpha is kept.
        cmyk: four channels that are inks and not colours with alpha.
        bits: of a level.
    """

    width: int
    height: int
    orientation: int = 1
    cmyk: bool = False
    bits: int = 8


def header(data: bytes, format: str) -> Header:  # noqa: A002  the field's word
    """Read the header of a picture.

    Args:
        data: the whole file.
        format: an image format as ``sniff`` names it.

    Raises:
        DecodeError: no size to be found, or a JPEG, PNG or WebP that is truncated, or a PNG with a wrong check sum.
    """
    try:
        found = _READERS[format](data)
    except (struct.error, IndexError) as error:
        raise DecodeError("truncated: the file ends inside its header") from error
    if found.width <= 0 or found.height <= 0:
        raise DecodeError(f"a size of {found.width} x {found.height} pixels in its header")
    return found


def _jpeg(data: bytes) -> Header:
    """Walk the markers (ITU-T T.81, annex B) to the end marker, past thumbnails inside segments.

    A file without its end marker is truncated. OpenCV before 4.14 paints the missing part grey; a file that lacks
    nothing but the marker is refused too, as newer OpenCV does.
    """
    size: Header | None = None
    pattern, position = _MARKER, 2
    while marker := pattern.search(data, position):
        kind, position, pattern = marker[1][0], marker.end(), _MARKER
        if kind == 0xD9:
            break
        if kind in _ALONE:
            continue
        length = struct.unpack_from(">H", data, position)[0]
        if kind in _SOF and size is None:
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = Header(width, height)
        position += max(length, 2)
        if kind == 0xDA:
            pattern = _MARKER_IN_SCAN
    else:
        raise DecodeError(_TRUNCATED)
    if size is None:
        raise DecodeError("a JPEG without a picture")
    return size


def _png(data: bytes) -> Header:
    """Walk the chunks and their check sums (PNG, third edition, section 5)."""
    width, height = struct.unpack_from(">II", data, 16)
    orientation, position, kind = 1, 8, b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise DecodeError(_TRUNCATED)
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise DecodeError(_TRUNCATED)
        critical = not kind[0] & 0x20
        if critical or kind == b"eXIf":
            right = zlib.crc32(memoryview(data)[position + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
            if critical and not right:
                raise DecodeError(f"damaged: wrong check sum at byte {position:,}")
            if kind == b"eXIf" and right:
                orientation = tiff.directory(data[position + 8 : end - 4]).get(tiff.ORIENTATION, 1)
        position = end
    return Header(width, height, orientation, bits=data[24])


def _webp(data: bytes) -> Header:
    """RIFF chunks of RFC 9649."""
    if int.from_bytes(data[4:8], "little") + 8 > len(data) + 1:  # some writers leave the padding byte out
        raise DecodeError(_TRUNCATED)
    kind = data[12:16]
    orientation = 1
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        position = 12
        while position + 8 <= len(data):
            length = int.from_bytes(data[position + 4 : position + 8], "little")
            if data[position : position + 4] == b"EXIF":
                exif = data[position + 8 : position + 8 + length]
                orientation = tiff.directory(exif).get(tiff.ORIENTATION, 1)
            position += 8 + length + length % 2
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    return Header(width, height, orientation)


def _bmp(data: bytes) -> Header:
    if int.from_bytes(data[14:18], "little") in (12, 16):
        return Header(*struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Header(width, abs(height))  # negative: stored from the top


def _gif(data: bytes) -> Header:
    return Header(*struct.unpack_from("<HH", data, 6))


def _tiff(data: bytes) -> Header:
    tags = tiff.directory(data)  # its orientation is applied by OpenCV in every mode
    return Header(
        tags.get(tiff.WIDTH, 0),
        tags.get(tiff.HEIGHT, 0),
        cmyk=tags.get(tiff.PHOTOMETRIC) == 5,
        bits=tags.get(tiff.BITS, 1),
    )


def _avif(data: bytes) -> Header:
    """The largest ``ispe`` box is the whole picture; ``irot`` and ``imir`` turn it (ISO/IEC 23008-12, 6.5).

    ``pixi`` has the bits of each channel.
    """
    sizes = [struct.unpack_from(">II", data, match.end()) for match in re.finditer(rb"\0\0\0\x14ispe\0{4}", data)]
    if not sizes:
        raise DecodeError("an AVIF without a size")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    turned = re.search(rb"\0\0\0\x09irot(.)", data, re.DOTALL)
    mirrored = re.search(rb"\0\0\0\x09imir(.)", data, re.DOTALL)
    angle = turned[1][0] & 3 if turned else 0  # quarter turns anticlockwise, before the mirror
    axis = mirrored[1][0] & 1 if mirrored else None  # 0 swaps top and bottom, 1 left and right
    orientation = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}[axis][angle]
    bits = max((match[1][0] for match in re.finditer(rb"pixi\0{4}.(.)", data, re.DOTALL)), default=8)
    return Header(width, height, orientation, bits=bits)


_READERS: Final[dict[str, Callable[[bytes], Header]]] = {
    "jpeg": _jpeg, "png": _png, "webp": _webp, "bmp": _bmp, "gif": _gif, "tiff": _tiff, "avif": _avif,
}  # fmt: skip
