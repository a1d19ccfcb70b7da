"""Pictures as text that a page holds: each once, however often it is shown."""

import cv2
import numpy as np
import numpy.typing as npt

from tasks.errors import MediaError
from tasks.images.decode import decode
from tasks.report.thumbs import data_uri

SIDE = 128  # pixels, longer side of a picture on the page
SMALL = 8192  # bytes up to which a PNG or JPEG goes onto the page as it is
PIXELS = 100_000_000  # of an original; larger ones are not opened for a thumbnail
_QUALITY = 88  # of a reduced JPEG


def pixels(data: bytes | None) -> npt.NDArray[np.uint8] | None:
    """A picture of at most ``SIDE`` pixels, BGR (h, w, 3); None of bytes that are no whole picture, and of None."""
    image = _decoded(data)
    return None if image is None else _reduced(image)


def uri(data: bytes | None) -> str:
    """A `data:` URI of a picture, reduced where it is large; empty where there is none."""
    image = _decoded(data)
    if data is None or image is None:
        return ""
    small = len(data) <= SMALL and max(image.shape) <= SIDE
    if small and data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return data_uri(data)
    return data_uri(cv2.imencode(".jpg", _reduced(image), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())


class Pool:
    """All pictures of a page; ``uris`` in the order in which they were first added."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self._numbers: dict[bytes, int] = {}

    def add(self, data: bytes | None) -> int:
        """Number of the picture, -1 where there is none to show."""
        if data is None:
            return -1
        if data not in self._numbers:
            text = uri(data)
            self._numbers[data] = len(self.uris) if text else -1
            if text:
                self.uris.append(text)
        return self._numbers[data]


def _decoded(data: bytes | None) -> npt.NDArray[np.uint8] | None:
    try:
        return decode(data or b"", PIXELS)
    except MediaError:
        return None


def _reduced(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    if scale >= 1:
        return image
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
