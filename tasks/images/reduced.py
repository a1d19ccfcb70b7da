"""Large JPEGs decoded at a half, a quarter or an eighth for the search of faces, which reduces them anyway."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tasks.images.decode import decode, decode_jpeg
from tasks.media.header import header
from tasks.media.sniff import sniff

FACTORS: Final = (8, 4, 2)  # what libjpeg does while decoding, by leaving out the higher frequencies


@dataclass(frozen=True)
class Picture:
    """A picture, perhaps reduced.

    Args:
        image: BGR, shape (height, width, 3), upright; for the search of faces.
        factor: by which it is reduced: 1 is the picture itself.
        width, height: of the picture, pixels, upright.
    """

    image: NDArray[np.uint8]
    factor: int
    width: int
    height: int
    _data: bytes
    _pixels: int

    def for_faces(self, smallest: float, needed: float) -> tuple[NDArray[np.uint8], int]:
        """The pixels to cut faces from, and by how much they are reduced; decoded again where ``image`` has too few.

        Args:
            smallest: side of the smallest face, pixels of the picture.
            needed: side that its cut-out should have at least, pixels.

        Raises:
            MediaError: as `decode` does.
        """
        factor = next((by for by in FACTORS if by <= self.factor and smallest >= needed * by), 1)
        if factor == self.factor:
            return self.image, factor
        again = decode(self._data, self._pixels) if factor == 1 else decode_jpeg(self._data, self._pixels, factor)
        return again, factor


def picture(data: bytes, pixels: int, side: int) -> Picture:
    """Decode for a search that reduces the longer side to ``side`` pixels: no further than a little above that.

    Args:
        data: the whole file.
        pixels: as in `decode`.
        side: pixels.

    Raises:
        MediaError: as `decode` does.
    """
    if sniff(data) == "jpeg":
        found = header(data, "jpeg")
        factor = next((by for by in FACTORS if _may_be(by, found.width, found.height, side)), 1)
        if factor > 1:
            image = decode_jpeg(data, pixels, factor)
            width, height = found.width, found.height
            # EXIF's turn was applied: the stored sides may have changed places.
            if image.shape[1] != -(-width // factor) or image.shape[0] != -(-height // factor):
                width, height = height, width
            return Picture(image, factor, width, height, data, pixels)
    image = decode(data, pixels)
    return Picture(image, 1, image.shape[1], image.shape[0], data, pixels)


def _may_be(by: int, width: int, height: int, side: int) -> bool:
    """Whether enough is left, and the sides still tell whether they have changed places: 15 and 16 by 2 are both 8."""
    return max(width, height) >= by * side and (width == height or -(-width // by) != -(-height // by))
