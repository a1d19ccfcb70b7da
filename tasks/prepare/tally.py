"""Adding up: images per split and emotion, and digests of what a split holds."""

import hashlib

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS

Counts = dict[str, dict[str, int]]  # split -> emotion -> images


def counts(
    names: tuple[str, ...],
    splits: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    weights: npt.NDArray[np.int32] | None = None,
) -> Counts:
    """Images per split and emotion, each counted ``weights`` times; splits without any are left out.

    Images whose label is no emotion count as `unknown`, a word that stands only where there are such.
    """
    size = len(EMOTIONS) + 1
    table = np.bincount(splits * size + labels % size, weights, minlength=len(names) * size).reshape(-1, size)
    result = {}
    for name, row in zip(names, table.astype(np.int64).tolist(), strict=True):
        if any(row):
            result[name] = dict(zip(EMOTIONS, row, strict=False)) | ({"unknown": row[-1]} if row[-1] else {})
    return result


def digest(words: npt.NDArray[np.uint64], labels: npt.NDArray[np.int64]) -> str:
    """SHA-256 over (hash, label) pairs in the order of the hashes, of which 128 bits are plenty.

    Args:
        words: (n, 4) of the pixels' SHA-256.
        labels: (n,).
    """
    order = np.lexsort((words[:, 1], words[:, 0]))
    pairs = np.empty((len(order), 33), np.uint8)
    pairs[:, :32] = words[order].astype(">u8").view(np.uint8).reshape(-1, 32)
    pairs[:, 32] = labels[order]
    return hashlib.sha256(pairs.tobytes()).hexdigest()
