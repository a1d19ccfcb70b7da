"""Bytes of a picture to upright pixels."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.errors import DecodeError, TooLargeError, UnsupportedError
from tasks.images import heif
from tasks.media.header import Header, header
from tasks.media.orient import by_exif
from tasks.media.sniff import media_type, sniff

# OpenCV's own warnings. libjpeg still writes one line to stderr about a damaged scan; only the process can stop that.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
_WITH_ALPHA = ("png", "webp", "tiff", "avif")  # in a BMP the fourth byte is mostly zero and means nothing


def decode(data: bytes, pixels: int) -> NDArray[np.uint8]:
    """Decode a picture of any supported format, known by its content.

    16-bit levels are scaled to 8 bits, transparency is laid over white, EXIF's orientation is applied once. Of a
    picture with several frames or pages the first is taken.

    Args:
        data: the whole file.
        pixels: most pixels (width x height) that are decoded; the header is asked first. Those of more than 8 bits
            count twice, as OpenCV holds two copies of them: 100,000,000 take at most 0.9 GB.

    Returns:
        BGR, shape (height, width, 3), upright.

    Raises:
        UnsupportedError: not a picture, HEIC without the extra `heif`, or levels that are neither 8 nor 16 bits.
        TooLargeError: more than ``pixels``.
        DecodeError: truncated or damaged. JPEG, PNG and WebP are checked to be whole before they are decoded; damage
            inside the scan of a JPEG is not seen.
    """
    name = sniff(data)
    if name == "gif-animated":
        name = "gif"
    if name is None or media_type(name) != "image":
        raise UnsupportedError(f"not a picture that can be decoded ({name or 'unknown format'})")
    if name == "heic":
        return _heic(data, pixels)
    found = header(data, name)
    _check(found.width, found.height, pixels, found.bits)
    image = _composed(data, name, found)
    _check(image.shape[1], image.shape[0], pixels)
    return image


def decode_jpeg(data: bytes, pixels: int, factor: int) -> NDArray[np.uint8]:
    """Decode a JPEG reduced by ``factor`` 2, 4 or 8, its sides rounded up; else as `decode`."""
    found = header(data, "jpeg")
    _check(found.width, found.height, pixels)
    return np.asarray(_decoded(data, _REDUCED[factor]), np.uint8)


def _heic(data: bytes, pixels: int) -> NDArray[np.uint8]:
    _check(*heif.size(data), pixels)
    return _in_colours(heif.decode_heif(data))


def _check(width: int, height: int, pixels: int, bits: int = 8) -> None:
    counted = width * height * (2 if bits > 8 else 1)
    if counted > pixels:
        twice = f" of {bits} bits, which count twice" if bits > 8 else ""
        raise TooLargeError(
            f"{width} x {height} = {width * height:,} pixels{twice}, more than {pixels:,} (image_pixels)"
        )


def _composed(data: bytes, name: str, found: Header) -> NDArray[np.uint8]:
    if name not in _WITH_ALPHA or found.cmyk:
        return np.asarray(_decoded(data, cv2.IMREAD_COLOR), np.uint8)
    image = _decoded(data, cv2.IMREAD_UNCHANGED)
    if name == "avif" and image.dtype == np.uint16:
        image = _decoded(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)  # 10 or 12 bits, scaled by OpenCV
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=255 / 65535)
    if image.dtype != np.uint8:
        raise UnsupportedError(f"levels of type {image.dtype}: only 8 and 16 bits are decoded")
    return by_exif(_in_colours(image), found.orientation)


def _in_colours(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.ndim == 2:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    return _over_white(image) if image.shape[2] == 4 else image


def _over_white(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BGRA to BGR, row by row so that a large picture needs no second one in floats."""
    result = np.empty((*image.shape[:2], 3), np.uint8)
    for row, source in zip(result, image, strict=True):
        alpha = source[:, 3:].astype(np.uint16)
        row[:] = (source[:, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return result


def _decoded(data: bytes, flags: int) -> NDArray[Any]:
    try:
        image: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise DecodeError(f"does not decode: {' '.join(str(error.err or error).split())}") from error
    if image is None:
        raise DecodeError("does not decode: damaged or truncated")
    return image
