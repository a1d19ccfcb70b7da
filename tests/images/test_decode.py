import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tasks.errors import DecodeError, MediaError, TooLargeError, UnsupportedError
from tasks.images.decode import decode

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "media"
PIXELS = 1_000_000
FORMATS = (".jpg", ".png", ".webp", ".bmp", ".tiff", ".avif", ".gif")


def smooth(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def written(extension: str, image: NDArray[np.generic] | None = None) -> bytes:
    return bytes(cv2.imencode(extension, smooth() if image is None else image)[1].tobytes())


def saved(image: Image.Image, name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def difference(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(np.float64) - other.astype(np.float64)).mean())


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format(extension: str) -> None:
    image = decode(written(extension), PIXELS)
    assert image.shape == (64, 96, 3) and image.dtype == np.uint8
    assert difference(image, smooth()) < (20 if extension == ".gif" else 4)
    assert image.flags.c_contiguous and image.flags.writeable


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_modes(mode: str, name: str) -> None:
    image = Image.fromarray(smooth()[:, :, ::-1]).convert(mode)
    expected = np.asarray(image.convert("RGB"))[:, :, ::-1]
    assert difference(decode(saved(image, name), PIXELS), expected) < 0.5


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_jpeg_modes(mode: str) -> None:
    data = saved(Image.fromarray(smooth()[:, :, ::-1]).convert(mode), "JPEG", quality=95)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[:, :, ::-1]
    assert difference(decode(data, PIXELS), expected) < 2


def test_cmyk_tiff_is_ink_and_not_transparency() -> None:
    image = Image.fromarray(smooth()[:, :, ::-1]).convert("CMYK")
    expected = np.asarray(image.convert("RGB"))[:, :, ::-1]
    assert difference(decode(saved(image, "TIFF"), PIXELS), expected) < 1


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_are_scaled(extension: str, channels: int) -> None:
    ramp = np.linspace(0, 65535, 64 * 96).astype(np.uint16).reshape(64, 96)
    image = decode(written(extension, ramp if channels == 1 else np.dstack([ramp] * 3)), PIXELS)
    assert np.abs(image[:, :, 0] - ramp / 257).max() <= 0.51


@pytest.mark.parametrize("extension", [".png", ".webp", ".avif"])
def test_alpha_is_laid_over_white(extension: str) -> None:
    colour = np.full((64, 96, 4), (40, 80, 120, 255), np.uint8)
    colour[:, :32, 3], colour[:, 32:64, 3] = 0, 128
    image = decode(written(extension, colour), PIXELS)
    for column, expected in ((10, (255, 255, 255)), (48, (147, 167, 187)), (80, (40, 80, 120))):
        assert np.abs(image[32, column].astype(int) - expected).max() <= 4


def test_16_bit_alpha_and_palette_transparency() -> None:
    colour = np.zeros((8, 8, 4), np.uint16)
    colour[..., 3] = 32768
    assert np.unique(decode(written(".png", colour), PIXELS)).tolist() == [127]
    palette = Image.new("P", (8, 8), 3)
    palette.putpalette(bytes(range(30)))
    assert np.unique(decode(saved(palette, "PNG", transparency=3), PIXELS)).tolist() == [255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("name", "mode"),
    [("JPEG", "RGB"), *[(name, mode) for name in ("PNG", "WEBP", "TIFF", "AVIF") for mode in ("RGB", "RGBA")]],
)
def test_upright_exactly_once(orientation: int, name: str, mode: str) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    image = Image.fromarray(smooth()[:, :, ::-1]).convert(mode)
    if mode == "RGBA":
        image.putpixel((0, 0), (0, 0, 0, 254))  # so that the encoder keeps the channel
    options = {"lossless": True} if name == "WEBP" else {}
    data = saved(image, name, exif=exif, **options)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))[:, :, ::-1]
    assert expected.shape[0] == (96 if orientation > 4 else 64)
    assert difference(decode(data, PIXELS), expected) < 2


@pytest.mark.parametrize("extension", FORMATS)
def test_large_pictures_are_refused_by_their_header(extension: str) -> None:
    with pytest.raises(TooLargeError, match=r"96 x 64 = 6,144 pixels, more than 6,143 \(image_pixels\)"):
        decode(written(extension), 6143)
    assert decode(written(extension), 6144).shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("extension", "channels", "bits"),
    [(".png", 1, 16), (".png", 4, 16), (".tiff", 1, 16), (".tiff", 3, 16), (".tiff", 4, 16), (".avif", 3, 10)],
)
def test_pixels_of_more_than_8_bits_count_twice(extension: str, channels: int, bits: int) -> None:
    image = np.zeros((64, 96, channels), np.uint16)
    options = [cv2.IMWRITE_AVIF_DEPTH, 10] if extension == ".avif" else []
    data = cv2.imencode(extension, image, options)[1].tobytes()
    with pytest.raises(TooLargeError, match=rf"6,144 pixels of {bits} bits, which count twice, more than 12,287"):
        decode(data, 12_287)
    assert decode(data, 12_288).shape == (64, 96, 3)


def test_pixel_bomb_is_not_decoded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(TooLargeError, match="3,600,000,000 pixels"):
        decode(bomb, 200_000_000)


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.98])
def test_truncated_pictures_are_errors(extension: str, share: float, capfd: pytest.CaptureFixture[str]) -> None:
    whole = written(extension)
    with pytest.raises(DecodeError):
        decode(whole[: int(len(whole) * share)], PIXELS)
    assert capfd.readouterr().err == ""


def test_truncated_progressive_jpeg_with_a_whole_thumbnail_inside() -> None:
    exif = b"\xff\xe1" + struct.pack(">H", 2 + len(thumbnail := written(".jpg"))) + thumbnail
    whole = saved(Image.fromarray(smooth()), "JPEG", progressive=True)
    nested = whole[:2] + exif + whole[2:]
    assert decode(nested, PIXELS).shape == (64, 96, 3)
    with pytest.raises(DecodeError, match="truncated"):
        decode(nested[:-200], PIXELS)
    assert decode(whole + b"trailing bytes of a phone" * 20, PIXELS).shape == (64, 96, 3)


def test_damaged_png_is_known_by_its_check_sum() -> None:
    data = bytearray(written(".png"))
    data[200] ^= 1
    with pytest.raises(DecodeError, match="wrong check sum"):
        decode(bytes(data), PIXELS)


def test_what_is_not_decoded() -> None:
    with pytest.raises(UnsupportedError, match="unknown format"):
        decode(b"words", PIXELS)
    with pytest.raises(UnsupportedError, match="float32"):
        decode(written(".tiff", smooth().astype(np.float32)), PIXELS)


def test_first_frame_of_animations() -> None:
    first = Image.fromarray(smooth()[:, :, ::-1])
    for name in ("GIF", "PNG", "WEBP", "AVIF", "TIFF"):
        data = saved(first, name, save_all=True, append_images=[ImageOps.invert(first)])
        assert difference(decode(data, PIXELS), smooth()) < 12, name


_WHOLE = {extension: written(extension, smooth(24, 16)) for extension in FORMATS}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_damage_gives_a_picture_or_a_media_error(extension: str, data: st.DataObject) -> None:
    spoiled = bytearray(_WHOLE[extension])
    for _ in range(data.draw(st.integers(1, 6))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(spoiled)))
    try:
        image = decode(bytes(spoiled[:cut] if data.draw(st.booleans()) else spoiled), PIXELS)
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        assert image.shape[0] * image.shape[1] <= PIXELS
    except MediaError as error:
        assert str(error)


@given(st.sampled_from([data[:30] for data in _WHOLE.values()]), st.binary(max_size=300))
def test_any_bytes(start: bytes, rest: bytes) -> None:
    try:
        assert decode(start + rest, PIXELS).ndim == 3
    except MediaError as error:
        assert str(error)


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no media at {REAL}")
def test_real_pictures(capfd: pytest.CaptureFixture[str]) -> None:
    files = [path for path in REAL.rglob("*") if path.suffix in (".jpg", ".png")]
    for path in files:
        expected = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGBA")).astype(np.float64)
        white = expected[..., :3] * expected[..., 3:] / 255 + 255 - expected[..., 3:]
        assert difference(decode(path.read_bytes(), 10**8), white[..., ::-1]) < 1.5, path
    assert len(files) == 13
    assert capfd.readouterr().err == ""
