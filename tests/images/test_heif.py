"""HEIC, which comes with `make install EXTRAS=heif`."""

import io
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tasks.errors import DecodeError, MediaError, TooLargeError, UnsupportedError
from tasks.images.decode import decode

HAVE = find_spec("pillow_heif") is not None
needed = pytest.mark.skipif(not HAVE, reason="needs HEIC: make install EXTRAS=heif")
PIXELS = 1_000_000
HEAD = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


def smooth() -> NDArray[np.uint8]:
    coarse = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC), np.uint8)


def saved(mode: str = "RGB", orientation: int = 1, **options: Any) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    image = Image.fromarray(smooth()[:, :, ::-1]).convert(mode)
    image.getexif()[0x112] = orientation
    image.info["exif"] = image.getexif().tobytes()
    image.save(buffer := io.BytesIO(), "HEIF", **options)
    return buffer.getvalue()


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.skipif(HAVE, reason="the extra heif is installed")
def test_without_the_extra_it_says_what_to_install() -> None:
    with pytest.raises(
        UnsupportedError, match=r"HEIC needs pillow_heif, not installed here\. Run: make install EXTRAS=heif"
    ):
        decode(HEAD, PIXELS)


@needed
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("options", [{}, {"tile_size": 64}], ids=["whole", "tiles"])
def test_upright_exactly_once(orientation: int, options: dict[str, Any]) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    Image.fromarray(smooth()[:, :, ::-1]).save(plain := io.BytesIO(), "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(plain)).convert("RGB"))[:, :, ::-1]
    image = decode(saved(orientation=orientation, quality=90, **options), PIXELS)
    assert difference(image, expected) < 4
    assert image.flags.c_contiguous


@needed
def test_grey_transparent_and_10_bit_pictures() -> None:
    import pillow_heif

    grey = cv2.cvtColor(smooth(), cv2.COLOR_BGR2GRAY)
    assert difference(decode(saved("L"), PIXELS), np.dstack([grey] * 3)) < 4
    image = Image.new("RGBA", (96, 64), (120, 80, 40, 0))
    image.paste((120, 80, 40, 255), (48, 0, 96, 64))
    pillow_heif.register_heif_opener()
    image.save(buffer := io.BytesIO(), "HEIF", quality=-1)
    found = decode(buffer.getvalue(), PIXELS)
    assert np.abs(found[32, 10].astype(int) - 255).max() <= 4
    assert np.abs(found[32, 80].astype(int) - (40, 80, 120)).max() <= 4
    deep = pillow_heif.from_bytes("RGB;16", (96, 64), (smooth()[:, :, ::-1].astype(np.uint16) * 257).tobytes())
    deep.save(buffer := io.BytesIO(), quality=90)
    assert difference(decode(buffer.getvalue(), PIXELS), smooth()) < 4


@needed
def test_large_ones_are_refused_by_their_header_and_damaged_ones_are_errors() -> None:
    data = saved()
    with pytest.raises(TooLargeError, match=r"96 x 64 = 6,144 pixels, more than 6,143 \(image_pixels\)"):
        decode(data, 6143)
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(DecodeError):
            decode(data[: int(len(data) * share)], PIXELS)
    with pytest.raises(DecodeError, match="does not decode"):
        decode(HEAD, PIXELS)


@needed
def test_a_file_that_lists_no_picture_is_an_error() -> None:
    spoiled = bytearray(saved())
    spoiled[spoiled.index(b"hvcC") - 1] = 0  # the length of the decoder's settings
    with pytest.raises(DecodeError, match="holds no picture"):
        decode(bytes(spoiled), PIXELS)


@needed
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_gives_a_picture_or_a_media_error(data: st.DataObject) -> None:
    spoiled = bytearray(saved())
    for _ in range(data.draw(st.integers(1, 6))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = decode(bytes(spoiled), PIXELS)
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    except MediaError as error:
        assert str(error)
