"""Kinds of pictures that cameras and phones write, each with an EXIF orientation."""

import io
import struct

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tasks.images.decode import decode

PIXELS = 1_000_000


def smooth() -> NDArray[np.uint8]:
    coarse = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC), np.uint8)


def saved(image: Image.Image, name: str, orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    image.save(buffer := io.BytesIO(), name, exif=exif, **options)
    return buffer.getvalue()


def difference(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(np.float64) - other.astype(np.float64)).mean())


def turned(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    data = saved(Image.fromarray(image), "PNG", orientation)
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("JPEG", "RGB", {"progressive": True}), ("JPEG", "CMYK", {}), ("JPEG", "CMYK", {"progressive": True}),
        ("JPEG", "L", {}), ("PNG", "P", {}), ("PNG", "L", {}), ("PNG", "LA", {}), ("PNG", "1", {}),
        ("WEBP", "RGB", {"lossless": True}), ("TIFF", "CMYK", {}), ("TIFF", "L", {}), ("TIFF", "P", {}),
    ],
)  # fmt: skip
def test_upright_exactly_once(name: str, mode: str, options: dict[str, object], orientation: int) -> None:
    image = Image.fromarray(smooth()[:, :, ::-1]).convert(mode)
    data = saved(image, name, orientation, **({"quality": 95} if name == "JPEG" else {}), **options)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))[:, :, ::-1]
    assert expected.shape[0] == (96 if orientation > 4 else 64)
    assert difference(decode(data, PIXELS), expected) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_16_bits_are_turned_too(extension: str, orientation: int) -> None:
    grey = cv2.cvtColor(smooth(), cv2.COLOR_BGR2GRAY)
    data = cv2.imencode(extension, grey.astype(np.uint16) * 257)[1].tobytes()
    data = png_turned(data, orientation) if extension == ".png" else tiff_turned(data, orientation)
    assert difference(decode(data, PIXELS), np.dstack([turned(grey, orientation)] * 3)) < 0.6


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", ["TIFF", "PNG", "WEBP"])
def test_the_first_of_several_pages_is_taken_and_turned(name: str, orientation: int) -> None:
    first = Image.fromarray(smooth()[:, :, ::-1])
    data = saved(first, name, orientation, save_all=True, append_images=[ImageOps.invert(first)])
    assert difference(decode(data, PIXELS), turned(smooth(), orientation)) < 12


def test_a_gif_has_no_orientation_and_its_first_frame_is_taken() -> None:
    image = Image.fromarray(smooth()[:, :, ::-1])
    image.save(buffer := io.BytesIO(), "GIF", save_all=True, append_images=[ImageOps.invert(image)])
    assert difference(decode(buffer.getvalue(), PIXELS), smooth()) < 12


def png_turned(data: bytes, orientation: int) -> bytes:
    """With a chunk `eXIf` behind the header."""
    import zlib

    exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)
    chunk = struct.pack(">I4s", len(exif), b"eXIf") + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    return data[:33] + chunk + data[33:]


def tiff_turned(data: bytes, orientation: int) -> bytes:
    """With its directory moved to the end and the orientation in it."""
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    entries = [data[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(count)]
    entries = [entry for entry in entries if entry[:2] != struct.pack("<H", 0x112)]
    entries = sorted([*entries, struct.pack("<HHIHH", 0x112, 3, 1, orientation, 0)], key=lambda e: e[1::-1])
    data += b"\0" * (len(data) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory
