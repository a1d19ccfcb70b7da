"""What was seen, in shares: of a track, a picture, a file, an archive."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.schema import EMOTIONS


def shares(faces: pa.Table, weights: npt.NDArray[np.float64]) -> dict[str, Any]:
    """`emotion` and `share_...` of the schemas, of n faces with a weight each; those that were left open don't count.

    All None where nothing is left. Of two emotions with the same share the first in ``EMOTIONS`` is named.
    """
    columns = named(_totals(faces, weights, np.zeros(len(faces), np.int64), 1))
    return {name: column[0].as_py() for name, column in columns.items()}


def each(faces: pa.Table, owners: npt.NDArray[np.int64], count: int) -> dict[str, pa.Array]:
    """The same of each of ``count`` files whose faces weigh the same: columns of ``count`` rows.

    Args:
        owners: (n,) number of the file of each of ``faces``.
    """
    return named(_totals(faces, np.ones(len(faces)), owners, count))


def named(totals: npt.NDArray[np.float64]) -> dict[str, pa.Array]:
    """The same of (count, 7) sums of weights."""
    whole = totals.sum(axis=1)
    nothing = whole == 0
    parts = totals / np.where(nothing, 1, whole)[:, None]
    most = pa.array(EMOTIONS, pa.string()).take(pa.array(totals.argmax(axis=1), mask=nothing))
    return {"emotion": most} | {
        f"share_{emotion}": pa.array(parts[:, number].astype(np.float32), mask=nothing)
        for number, emotion in enumerate(EMOTIONS)
    }


def _totals(
    faces: pa.Table, weights: npt.NDArray[np.float64], owners: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.float64]:
    known = ~faces["abstained"].to_numpy(zero_copy_only=False)
    words = pc.index_in(faces["emotion"], pa.array(EMOTIONS)).to_numpy()
    totals = np.zeros((count, len(EMOTIONS)))
    np.add.at(totals, (owners[known], words[known]), weights[known])
    return totals
