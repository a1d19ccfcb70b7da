"""From any picture to a model's input: the one function that training and scoring share."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.params import Normalise

Image = npt.NDArray[np.uint8]

# A histogram's slope is cut at CLIP times the even one, in TILES x TILES parts of the face: with more parts than these
# a part of a 48 pixel face holds less than 12 x 12 pixels, and the noise of cheeks comes out stronger than the mouth.
CLIP: Final = 2.0
TILES: Final = 4
# Exponents beyond these make bands of a few dark levels, or wash a bright face out.
GAMMA: Final = (0.4, 2.5)


def normalise(image: Image, wanted: Normalise) -> Image:
    """Grey or colour, resized whatever the aspect ratio, lit evenly; nothing is cut off.

    A side that is too long is averaged down (INTER_AREA, no aliasing), one that is too short is interpolated
    linearly: cubic interpolation overshoots at edges. Light is changed last and depends on what the model sees alone.

    Args:
        image: (h, w), (h, w, 1) or (h, w, 3) BGR, upright.
        wanted: size, colour and lighting; `align` and `margin` are `faces.subject`'s.

    Returns:
        (size, size) grey levels, or (size, size, 3) BGR; ``image`` itself where it is that already.

    Raises:
        ValueError: another shape or type, or no pixels.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
        raise ValueError(f"expected a (h, w[, 1 or 3]) uint8 image. Received: {image.shape} {image.dtype}")
    face = _resized(bgr(image) if wanted.colour else grey(image), wanted.size)
    lit = LIGHTING[wanted.lighting]
    return np.ascontiguousarray(_on_luma(face, lit) if lit else face)


def grey(image: Image) -> Image:
    """(h, w) luma of ITU-R BT.601 of a (h, w[, 1 or 3]) BGR image; a grey picture keeps its levels.

    Raises:
        ValueError: another number of channels.
    """
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[:, :, 0]
    _check_channels(image)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY), np.uint8)


def bgr(image: Image) -> Image:
    """(h, w, 3) of a (h, w[, 1 or 3]) image; a grey one has three equal channels.

    Raises:
        ValueError: another number of channels.
    """
    if image.ndim == 3 and image.shape[2] != 1:
        _check_channels(image)
        return image
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(grey(image)), cv2.COLOR_GRAY2BGR), np.uint8)


def equalise(luma: Image) -> Image:
    """Every level as frequent as any other, (h, w)."""
    return np.asarray(cv2.equalizeHist(luma), np.uint8)


def clahe(luma: Image) -> Image:
    """Contrast-limited adaptive histogram equalisation, (h, w), with CLIP and TILES.

    Source: Zuiderveld, Contrast limited adaptive histogram equalization, Graphics Gems IV, 1994.
    """
    return np.asarray(cv2.createCLAHE(CLIP, (TILES, TILES)).apply(luma), np.uint8)


def gamma(luma: Image) -> Image:
    """The power of the levels that brings the mean level to mid grey, (h, w).

    level -> 255 (level / 255) ** g with g = ln 0.5 / ln(mean / 255), kept within GAMMA. The mean is a sum of whole
    numbers and levels come from a table of 256, so runs agree bit for bit.
    """
    mean = min(max(int(luma.sum(dtype=np.int64)) / luma.size, 1.0), 254.0)
    exponent = min(max(np.log(0.5) / np.log(mean / 255), GAMMA[0]), GAMMA[1])
    table = np.rint(255 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    return np.asarray(table[luma], np.uint8)


LIGHTING: Final[dict[str, Callable[[Image], Image] | None]] = {
    "none": None,
    "equalise": equalise,
    "clahe": clahe,
    "gamma": gamma,
}


def _resized(image: Image, size: int) -> Image:
    height, width = image.shape[:2]
    if max(height, width) > size:
        smaller = (min(width, size), min(height, size))
        image = np.asarray(cv2.resize(image, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    if image.shape[:2] != (size, size):
        image = np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image


def _on_luma(face: Image, lit: Callable[[Image], Image]) -> Image:
    """``face`` with its luma changed by ``lit`` and its colours kept."""
    if face.ndim == 2:
        return lit(face)
    parts = cv2.cvtColor(face, cv2.COLOR_BGR2YCrCb)
    parts[:, :, 0] = lit(np.ascontiguousarray(parts[:, :, 0]))
    return np.asarray(cv2.cvtColor(parts, cv2.COLOR_YCrCb2BGR), np.uint8)


def _check_channels(image: Image) -> None:
    if image.shape[2] != 3:
        raise ValueError(f"expected 1 or 3 channels. Received: shape={image.shape}")
