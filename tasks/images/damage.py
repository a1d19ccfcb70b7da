"""What happens to faces in archives, in five severities each: noise, blur, occlusion, darkness, JPEG, low resolution.

The manner is that of Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", ICLR 2019; the steps are our own, set for faces of 48 pixels and scaled with the side.
"""

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.schema import IMAGE_SIZE

Image = npt.NDArray[np.uint8]

SEVERITIES: Final = (1, 2, 3, 4, 5)


def damage(image: Image, kind: str, severity: int, random: np.random.Generator) -> Image:
    """Damage one face; the same generator gives the same pixels, and ``image`` stays as it is.

    Args:
        image: (h, w) grey levels or (h, w, 3) BGR.
        kind: of KINDS.
        severity: 1 (seen at a second look) to 5 (hard for people too).
        random: drawn from by `noise` and `occlusion` alone.

    Returns:
        As ``image`` in shape and type.

    Raises:
        ValueError: an unknown kind or severity.
    """
    if kind not in KINDS or severity not in SEVERITIES:
        raise ValueError(f"expected one of {', '.join(KINDS)} and a severity 1..5. Received: {kind!r}, {severity!r}")
    return KINDS[kind](image, severity - 1, random)


def _noise(image: Image, step: int, random: np.random.Generator) -> Image:
    """Gaussian, independent per pixel and channel; standard deviation in grey levels."""
    deviation = (8, 16, 26, 38, 52)[step]
    return _levels(image + random.normal(0, deviation, image.shape))


def _blur(image: Image, step: int, random: np.random.Generator) -> Image:
    """Gaussian; standard deviation in pixels of a 48 pixel face."""
    deviation = (0.6, 1.0, 1.5, 2.2, 3.0)[step] * _scale(image)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _occlusion(image: Image, step: int, random: np.random.Generator) -> Image:
    """A rectangle of the face's own proportions anywhere in it, in its mean level; share of the area."""
    share = (0.05, 0.1, 0.18, 0.28, 0.4)[step]
    height, width = image.shape[:2]
    down, across = round(height * share**0.5), round(width * share**0.5)
    top, left = (int(random.integers(0, space + 1)) for space in (height - down, width - across))
    hidden = image.copy()
    hidden[top : top + down, left : left + across] = np.rint(image.mean(axis=(0, 1)))
    return hidden


def _darkness(image: Image, step: int, random: np.random.Generator) -> Image:
    """Levels multiplied and rounded, so that contrast is lost for good."""
    return _levels(image * (0.7, 0.5, 0.35, 0.22, 0.12)[step])


def _jpeg(image: Image, step: int, random: np.random.Generator) -> Image:
    """Written and read again with a low quality."""
    quality = (50, 30, 18, 10, 5)[step]
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    colour = cv2.IMREAD_COLOR if image.ndim == 3 else cv2.IMREAD_GRAYSCALE
    return np.asarray(cv2.imdecode(data, colour), np.uint8)


def _low_resolution(image: Image, step: int, random: np.random.Generator) -> Image:
    """Averaged down to a share of the side and enlarged again."""
    share = (0.67, 0.5, 0.375, 0.25, 0.17)[step]
    height, width = image.shape[:2]
    small = cv2.resize(image, (max(1, round(width * share)), max(1, round(height * share))), None, 0, 0, cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


KINDS: Final[dict[str, Callable[[Image, int, np.random.Generator], Image]]] = {
    "noise": _noise,
    "blur": _blur,
    "occlusion": _occlusion,
    "darkness": _darkness,
    "jpeg": _jpeg,
    "low_resolution": _low_resolution,
}


def _scale(image: Image) -> float:
    return int(max(image.shape[:2])) / IMAGE_SIZE


def _levels(values: npt.NDArray[np.floating[Any]]) -> Image:
    levels: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels
