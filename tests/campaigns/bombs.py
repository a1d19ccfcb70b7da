"""Small files that unpack into a lot: pictures over and just under the limit of pixels."""

import io
from collections.abc import Iterator
from math import isqrt
from typing import Any, Final

from PIL import Image

from campaigns import chunks
from campaigns.mutate import Case
from tasks.params import Clean

LIMIT: Final = Clean().pixels
_UNDER: Final = isqrt(LIMIT) - 10  # pixels, side of a square picture that is just let in
_DEEP: Final = isqrt(LIMIT // 2) - 10  # the same of 16 bits
_LONG: Final = 16_383  # pixels, longest side of WebP


def bombs(heavy: bool) -> Iterator[Case]:
    """Bombs; ``heavy``: also those that take seconds to make and to refuse."""
    yield Case("bomb, over", "png", chunks.flat(60_000, 60_000, 1, 3))
    yield Case("bomb, one row", "png", chunks.flat(2**31 - 1, 1, 1, 0))
    yield Case("bomb, one column", "png", chunks.flat(1, 4_000_000, 1, 0))
    yield Case("bomb, under, 1 bit", "png", chunks.flat(_UNDER, _UNDER, 1, 0))
    yield Case("bomb, under, JPEG", "jpg", _flat("L", (65_500, LIMIT // 65_500 - 1), "JPEG", progressive=True))
    if heavy:
        yield Case("bomb, over by its bits", "png", chunks.flat(_UNDER, _UNDER, 16, 6))
        yield Case("bomb, under, 16-bit RGBA", "png", chunks.flat(_DEEP, _DEEP, 16, 6))
        yield Case("bomb, under, RGBA", "png", chunks.flat(_UNDER, _UNDER, 8, 6))
        yield Case("bomb, under, TIFF", "tif", _flat("RGB", (_UNDER, _UNDER), "TIFF", compression="tiff_adobe_deflate"))
        yield Case("bomb, under, GIF", "gif", _flat("L", (_UNDER, _UNDER), "GIF"))
        yield Case("bomb, under, WebP", "webp", _flat("RGB", (_LONG, LIMIT // _LONG - 1), "WEBP", lossless=True))


def _flat(mode: str, size: tuple[int, int], kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, kind, **options)
    return stream.getvalue()
