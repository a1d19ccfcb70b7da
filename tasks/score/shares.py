"""What was seen, in shares: of a track, a picture, a file, an archive."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.schema import EMOTIONS


def shares(faces: pa.Table, weights: npt.NDArray[np.float64]) -> dict[str, Any]:
    """`emotion` and `share_...` of the schemas, of n faces with a weight each; those that were left open don't count.

    All None where nothing is left. Of two emotions with the same share the first in ``EMOTIONS`` is named.
    """
    known = ~faces["abstained"].to_numpy(zero_copy_only=False)
    places = faces["emotion"].combine_chunks().dictionary_encode()
    words = np.array([EMOTIONS.index(word) for word in places.dictionary.to_pylist()], np.int64)
    totals = np.zeros(len(EMOTIONS))
    if known.any():
        np.add.at(totals, words[places.indices.to_numpy()[known]], weights[known])
    return named(totals)


def named(totals: npt.NDArray[np.float64]) -> dict[str, Any]:
    """The same of (7,) sums of weights."""
    whole = float(totals.sum())
    if not whole:
        return {"emotion": None, **{f"share_{emotion}": None for emotion in EMOTIONS}}
    found = {f"share_{emotion}": float(total / whole) for emotion, total in zip(EMOTIONS, totals, strict=True)}
    return {"emotion": EMOTIONS[int(totals.argmax())], **found}
