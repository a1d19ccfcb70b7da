"""HEIC pictures, through the extra `heif`."""

from importlib.util import find_spec
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.errors import DecodeError, UnsupportedError

PACKAGE: Final = "pillow_heif"
# What it raises on damaged and unknown content, and where a picture is over libheif's own limits.
_BROKEN: Final = (ValueError, EOFError, SyntaxError, RuntimeError, OSError, MemoryError)


def size(data: bytes) -> tuple[int, int]:
    """Width and height of the main picture, upright, from its header.

    Raises:
        UnsupportedError: the extra is not installed.
        DecodeError: damaged.
    """
    width, height = _opened(data).size
    return int(width), int(height)


def decode_heif(data: bytes) -> NDArray[np.uint8]:
    """The main picture, 10 and 12 bits scaled to 8: grey (h, w), BGR (h, w, 3) or BGRA (h, w, 4), upright.

    The file's turns and mirrors are applied; EXIF's orientation says the same once more and is not (ISO/IEC 23008-12).

    Raises:
        UnsupportedError: the extra is not installed.
        DecodeError: damaged.
    """
    opened = _opened(data)
    try:
        image = np.asarray(opened)
    except _BROKEN as error:
        raise DecodeError(f"does not decode: {_line(error)}") from error
    if image.dtype == np.uint16:  # grey of more than 8 bits
        image = cv2.convertScaleAbs(image, alpha=255 / 65535)
    return np.ascontiguousarray(image, np.uint8)


def _opened(data: bytes):  # type: ignore[no-untyped-def]
    if find_spec(PACKAGE) is None:
        raise UnsupportedError(f"HEIC needs {PACKAGE}, not installed here. Run: make install EXTRAS=heif")
    import pillow_heif

    try:
        opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True, bgr_mode=True)
    except _BROKEN as error:
        raise DecodeError(f"does not decode: {_line(error)}") from error
    if not len(opened):
        raise DecodeError("does not decode: the file holds no picture")
    return opened


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
