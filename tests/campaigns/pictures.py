"""Valid pictures of drawn faces in every format and mode that cameras, scanners and scrapers leave behind."""

import io
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image

from tasks.schema import EMOTIONS
from tasks.synthetic.crops import crop


class Picture(NamedTuple):
    """The bytes of a picture and the ending that its format has; empty: the format is none that is decoded."""

    ending: str
    data: bytes


_KINDS: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("jpg", "JPEG", "L", {}),
    ("jpg", "JPEG", "RGB", {"quality": 95, "subsampling": 0}),
    ("jpg", "JPEG", "RGB", {"progressive": True}),
    ("jpg", "JPEG", "CMYK", {}),
    ("png", "PNG", "L", {}),
    ("png", "PNG", "RGB", {"compress_level": 0}),
    ("png", "PNG", "RGBA", {}),
    ("png", "PNG", "LA", {}),
    ("png", "PNG", "P", {"transparency": 3}),
    ("png", "PNG", "1", {}),
    ("png", "PNG", "I;16", {}),
    ("webp", "WEBP", "RGB", {}),
    ("webp", "WEBP", "RGBA", {"lossless": True}),
    ("gif", "GIF", "P", {}),
    ("bmp", "BMP", "RGB", {}),
    ("bmp", "BMP", "P", {}),
    ("bmp", "BMP", "1", {}),
    ("tif", "TIFF", "L", {}),
    ("tif", "TIFF", "RGB", {"compression": "tiff_lzw"}),
    ("tif", "TIFF", "RGB", {"compression": "tiff_adobe_deflate"}),
    ("tif", "TIFF", "CMYK", {}),
    ("tif", "TIFF", "I;16", {}),
    ("tif", "TIFF", "F", {}),
    ("avif", "AVIF", "RGB", {}),
    ("ppm", "PPM", "RGB", {}),
    ("ico", "ICO", "RGBA", {}),
    ("jp2", "JPEG2000", "RGB", {}),
)
_FRAMES: Final = (("gif", "GIF"), ("webp", "WEBP"), ("png", "PNG"), ("tif", "TIFF"))


@cache
def bank(seed: int, variant: int = 0) -> tuple[Picture, ...]:
    """One picture of every kind, and one with several frames of each format that has such; variants show others."""
    made = []
    for number, (ending, name, mode, options) in enumerate(_KINDS, 1000 * variant):
        made.append(Picture(ending, _written(_face(seed, number, mode), name, options)))
    for number, (ending, name) in enumerate(_FRAMES, 10 * variant):
        first, *others = (_face(seed, 100 * (number + 1) + frame, "RGB") for frame in range(3))
        made.append(Picture(ending, _written(first, name, {"save_all": True, "append_images": others})))
    return tuple(made)


def _face(seed: int, number: int, mode: str) -> Image.Image:
    grey = crop(seed, number, EMOTIONS[number % len(EMOTIONS)], number)
    if mode == "I;16":
        return Image.fromarray(grey.astype(np.uint16) * 257)
    colour = Image.fromarray(np.stack([grey, grey // 2 + 60, 255 - grey], axis=2))
    return colour.convert(mode)


def _written(image: Image.Image, name: str, options: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()
