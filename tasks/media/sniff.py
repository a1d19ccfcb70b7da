"""What a file is, by its first bytes and never by its name."""

import bz2
import io
import lzma
import struct
import zlib
from typing import Final, Literal

from tasks.media import gif

HEAD: Final = 1 << 16  # bytes that `sniff` wants to see
HEAD_BZIP2: Final = HEAD + (1 << 20)  # bzip2 gives nothing before a whole block, up to 900 kB, is there

MediaType = Literal["image", "video", "archive", "other"]

_TYPES: Final[dict[str, MediaType]] = {
    **dict.fromkeys(("jpeg", "png", "webp", "bmp", "tiff", "gif", "avif", "heic"), "image"),
    **dict.fromkeys(("gif-animated", "mp4", "mov", "mkv", "webm", "avi", "asf"), "video"),
    **dict.fromkeys(("mpeg-ts", "mpeg-ps", "mpeg-es", "flv", "ogg"), "video"),
    **dict.fromkeys(("zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "7z", "rar"), "archive"),
}  # fmt: skip
_MAGIC: Final = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"MM\0*", "tiff"),
    (b"MM\0+", "tiff"),
    (b"II+\0", "tiff"),
    (b"FLV\x01", "flv"),
    (b"OggS\0", "ogg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "asf"),
    (b"\0\0\x01\xba", "mpeg-ps"),
    (b"\0\0\x01\xb3", "mpeg-es"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
)
_AUDIO_BRANDS: Final = (b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ")
_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2")
_BMP_HEADERS: Final = (12, 16, 40, 52, 56, 64, 108, 124)
_XZ_MEMORY: Final = 128 << 20  # bytes; a header may ask for gigabytes


def media_type(format: str | None) -> MediaType:  # noqa: A002  the field's word
    """``image``, ``video`` or ``archive`` for a name that ``sniff`` gave, ``other`` for None."""
    return "other" if format is None else _TYPES[format]


def sniff(head: bytes) -> str | None:
    """Name the format of a file that starts with ``head``; None when it is no image, video or archive.

    Args:
        head: the first ``HEAD`` bytes, or all if there are fewer; for bzip2 the first ``HEAD_BZIP2``.

    Returns:
        A name that ``media_type`` knows. ``gif`` is a GIF with no second picture in ``head``, else ``gif-animated``.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return _riff(head) or _iso(head) or _compressed_tar(head) or _rest(head)


def _rest(head: bytes) -> str | None:
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif-animated" if gif.animated(io.BytesIO(head).read) else "gif"
    if head.startswith(b"II*\0") and head[8:10] != b"CR":  # CR2 is a camera's raw data in a TIFF's clothes
        return "tiff"
    if head.startswith(b"BM") and len(head) >= 26 and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else "mkv" if b"matroska" in head[:64] else None
    if _is_tar(head):
        return "tar"
    return "mpeg-ts" if _is_transport_stream(head) else None


def _riff(head: bytes) -> str | None:
    return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12]) if head.startswith(b"RIFF") else None


def _iso(head: bytes) -> str | None:
    """MP4, QuickTime, AVIF and HEIC: the brands of ISO/IEC 14496-12's ``ftyp`` box tell them apart."""
    kind = head[4:8]
    if kind != b"ftyp":
        old = kind in (b"moov", b"mdat", b"wide", b"pnot") or (kind in (b"free", b"skip") and head[:2] == b"\0\0")
        return "mov" if old else None
    size = min(int.from_bytes(head[:4], "big"), 512)
    major, brands = head[8:12], [head[i : i + 4] for i in range(16, size, 4)]
    if major in (b"avif", b"avis") or (major in _HEIF_BRANDS and b"avif" in brands):
        return "avif"
    if major in _HEIF_BRANDS:
        return "heic"
    if major in _AUDIO_BRANDS or major == b"crx ":  # CR3: a camera's raw data
        return None
    return "mov" if major == b"qt  " else "mp4"


def _compressed_tar(head: bytes) -> str | None:
    """A compressed file counts only when a tar is inside."""
    try:
        if head.startswith(b"\x1f\x8b"):
            return "tar.gz" if _is_tar(zlib.decompressobj(wbits=31).decompress(head, 512)) else None
        if head.startswith(b"BZh"):
            return "tar.bz2" if _is_tar(bz2.BZ2Decompressor().decompress(head, 512)) else None
        if head.startswith(b"\xfd7zXZ\0"):
            inside = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY).decompress(head, 512)
            return "tar.xz" if _is_tar(inside) else None
    except (zlib.error, lzma.LZMAError, OSError, EOFError):
        return None
    return None


def _is_tar(head: bytes) -> bool:
    """The check sum of the first header: POSIX ustar, and the older tars that have no magic word."""
    if len(head) < 512 or not head[0]:
        return False
    try:
        expected = int(head[148:156].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    blanked = head[:148] + b" " * 8 + head[156:512]
    return expected in (sum(blanked), sum(struct.unpack("512b", blanked)))


def _is_transport_stream(head: bytes) -> bool:
    """Sync bytes every 188 bytes, or 192 with a time code before each packet (ISO/IEC 13818-1)."""
    for size, start in ((188, 0), (192, 4), (204, 0)):
        syncs = head[start : start + 8 * size : size]
        if len(syncs) >= 3 and set(syncs) == {0x47}:
            return True
    return False
