"""Faces by the size of their boxes: how many got a label, which one, and how good their pictures are."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

EDGES = (12, 16, 24, 32, 48, 96)  # pixels of the shorter side; a face on an edge is in the band above
BANDS = ("under 12", "12 to 16", "16 to 24", "24 to 32", "32 to 48", "48 to 96", "96 and more")


@dataclass(frozen=True)
class Sizes:
    """Counts per band: faces by kind, shape (7, kinds); the sum of known qualities (7,), and how many are ``known``."""

    kinds: NDArray[np.int64]
    quality: NDArray[np.float64]
    known: NDArray[np.int64]

    @classmethod
    def none(cls, width: int) -> "Sizes":
        """Of no face, with ``width`` kinds."""
        bands = len(BANDS)
        return cls(np.zeros((bands, width), np.int64), np.zeros(bands), np.zeros(bands, np.int64))

    @classmethod
    def of(cls, sides: NDArray[np.floating], quality: pa.ChunkedArray, kinds: NDArray[np.int64], width: int) -> "Sizes":
        """Of n faces.

        Args:
            sides: (n,) pixels.
            quality: n shares 0..1, null where not known.
            kinds: (n,) indices of ``width`` kinds.
        """
        bands = np.digitize(sides, EDGES)
        there = quality.is_valid().to_numpy()
        values = pc.fill_null(quality, 0.0).to_numpy()
        return cls(
            np.bincount(bands * width + kinds, minlength=len(BANDS) * width).reshape(-1, width),
            np.bincount(bands, values, minlength=len(BANDS)).astype(np.float64),
            np.bincount(bands[there], minlength=len(BANDS)),
        )

    def __add__(self, other: "Sizes") -> "Sizes":
        return Sizes(self.kinds + other.kinds, self.quality + other.quality, self.known + other.known)
