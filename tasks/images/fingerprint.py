"""A perceptual hash: pictures that look alike have hashes with few bits between them.

Each low frequency of the face says in unary how strong it is, so the bits between two hashes are the sum of the steps
between their frequencies: unlike hashes of signs alone, this one doesn't turn at frequencies that are near zero, and it
tells faces apart that are all built alike.

Source: after Zauner, Implementation and benchmarking of perceptual image hash functions, 2010 (DCT hash); levels added.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

SIDE: Final = 48  # pixels; what faces are brought to before
FREQUENCIES: Final = 36
LEVELS: Final = np.array([-1.85, -1.0, -0.45, 0.0, 0.45, 1.0, 1.85])
PRINT_BYTES: Final = 32  # 36 x 7 = 252 bits and 4 of padding

_SPREAD = 0.075  # of a frequency's share in all, times its distance from the constant one; measured on FER-2013
_SCALE = 1 << 10  # whole-number cosines: sums are exact in float64, so no batch and no machine turns a bit


def _order() -> npt.NDArray[np.int64]:
    """(FREQUENCIES, 2) the lowest ones, by their distance from the constant one."""
    grid = np.array([(row, column) for row in range(10) for column in range(10) if row or column])
    return grid[np.lexsort((grid[:, 1], grid[:, 0], np.hypot(*grid.T)))][:FREQUENCIES]


_ROWS, _COLUMNS = _order().T
_WAVES = np.rint(_SCALE * np.cos(np.pi * np.outer(np.arange(SIDE) + 0.5, np.arange(_ROWS.max() + 1)) / SIDE))
_WAVES[:, 1:] -= np.rint(_WAVES[:, 1:].mean(axis=0))
_STEPS = (LEVELS[:, None] * _SPREAD / np.hypot(_ROWS, _COLUMNS)).T.ravel()


def fingerprint(faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(n, PRINT_BYTES) hashes of (n, h, w) grey faces; n may be 0. A flat face has no frequencies, and its own hash."""
    small = faces.astype(np.float64) if faces.shape[1:] == (SIDE, SIDE) else _resized(faces)
    waves = np.matmul(np.matmul(_WAVES.T, small), _WAVES)[:, _ROWS, _COLUMNS]
    strength = np.abs(waves).sum(axis=1, keepdims=True)
    shares = waves / np.maximum(strength, 1.0)
    return np.packbits(np.repeat(shares, len(LEVELS), axis=1) > _STEPS, axis=1)


def distance(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Bits between hashes (..., PRINT_BYTES)."""
    words = np.ascontiguousarray(a).view(np.uint64) ^ np.ascontiguousarray(b).view(np.uint64)
    return np.asarray(np.bitwise_count(words).sum(axis=-1), np.int64)


def _resized(faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    how = cv2.INTER_AREA if min(faces.shape[1:]) > SIDE else cv2.INTER_LINEAR
    resized = np.empty((len(faces), SIDE, SIDE))
    for number, face in enumerate(faces):
        resized[number] = cv2.resize(face, (SIDE, SIDE), interpolation=how)
    return resized
