"""The rows with the lowest scores, without holding the others: how a page's few pictures are chosen among millions."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pandas.util import hash_array

from tasks.explore.prepared import Places

NONE: Final = np.zeros(0, np.int64)


def hashes(column: Any) -> npt.NDArray[np.uint64]:
    """(n,) a number for each text of an Arrow column, spread evenly and the same on every machine (SipHash)."""
    texts = column.to_numpy(zero_copy_only=False) if hasattr(column, "type") else column
    return np.asarray(hash_array(np.asarray(texts, object), categorize=False), np.uint64)


class Lowest:
    """Keeps, of each stratum, the ``limit`` rows with the lowest scores; of equal ones those seen first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._strata, self._scores, self._places = NONE, np.zeros(0), NONE

    def add(self, strata: npt.NDArray[Any], scores: npt.NDArray[Any], places: Places) -> None:
        """Offer rows: all arrays are (n,), ``strata`` whole numbers, ``places`` rising from call to call."""
        strata = np.concatenate([self._strata, strata])
        scores = np.concatenate([self._scores, scores.astype(np.float64)])
        places = np.concatenate([self._places, places])
        order = np.lexsort((places, scores, strata))
        rank = np.arange(len(order)) - np.searchsorted(strata[order], strata[order])
        kept = order[rank < self._limit]
        self._strata, self._scores, self._places = strata[kept], scores[kept], places[kept]

    def places(self, stratum: int) -> list[int]:
        """Where the chosen rows of ``stratum`` lie, by score."""
        chosen: list[int] = self._places[self._strata == stratum].tolist()
        return chosen
