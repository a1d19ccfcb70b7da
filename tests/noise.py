"""Pictures that nobody is on."""

from pathlib import Path

import cv2
import numpy as np


def pictures(folder: Path, count: int) -> Path:
    """Write ``count`` pictures of noise into a new ``folder``, each another one; the folder."""
    folder.mkdir()
    random = np.random.default_rng(1)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:04}.png"), random.integers(0, 255, (300, 300, 3), np.uint8))
    return folder
