"""From any picture to a model's input: the one function that training and scoring share."""

import cv2
import numpy as np
import numpy.typing as npt

from tasks.schema import IMAGE_SIZE


def normalise(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Grey and resized, whatever the aspect ratio; nothing is cut off.

    A side that is too long is averaged down (INTER_AREA, no aliasing), one that is too short is interpolated
    linearly: cubic interpolation overshoots at edges.

    Args:
        image: (h, w), (h, w, 1) or (h, w, 3) BGR, upright.

    Returns:
        (48, 48) grey levels; ``image`` itself where it is that already.

    Raises:
        ValueError: another shape or type, or no pixels.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
        raise ValueError(f"expected a (h, w[, 1 or 3]) uint8 image. Received: {image.shape} {image.dtype}")
    grey = _grey(image)
    height, width = grey.shape
    if max(height, width) > IMAGE_SIZE:
        smaller = (min(width, IMAGE_SIZE), min(height, IMAGE_SIZE))
        grey = cv2.resize(grey, smaller, interpolation=cv2.INTER_AREA)
    if grey.shape != (IMAGE_SIZE, IMAGE_SIZE):
        grey = cv2.resize(grey, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(grey)


def _grey(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[:, :, 0]
    if image.shape[2] == 3:
        # Luma of ITU-R BT.601; its weights sum to one, so a grey picture keeps its levels.
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY), np.uint8)
    raise ValueError(f"expected 1 or 3 channels. Received: shape={image.shape}")
