import itertools

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tasks.explore.lowest import Lowest, hashes

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=60)


@given(ROWS, st.integers(0, 5), st.lists(st.integers(0, 60), max_size=4))
def test_it_keeps_what_sorting_all_rows_would(rows: list[tuple[int, int]], limit: int, cuts: list[int]) -> None:
    lowest = Lowest(limit)
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for start, stop in itertools.pairwise(bounds):
        part = np.array(rows[start:stop], np.int64).reshape(-1, 2)
        lowest.add(part[:, 0], part[:, 1], np.arange(start, stop))
    for stratum in range(4):
        own = [(score, place) for place, (of, score) in enumerate(rows) if of == stratum]
        assert lowest.places(stratum) == [place for _, place in sorted(own)[:limit]]


def test_hashes_are_the_same_everywhere_and_differ() -> None:
    found = hashes(pa.chunked_array([["a", "b"], ["a", "ä"]]))
    assert found.tolist() == [13950350942979735504, 12688059582079114975, 13950350942979735504, found[3]]
    assert len(set(found.tolist())) == 3
    assert hashes(pa.chunked_array([], pa.string())).shape == (0,)
