from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tasks.explore.groups import LARGEST, SIZES, Grouper, Groups

ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(-1, 2)), max_size=80)


@given(ROWS, st.integers(0, 80))
def test_it_counts_what_a_dictionary_would(rows: list[tuple[int, int, int]], cut: int) -> None:
    grouper = Grouper()
    for start, stop in ((0, min(cut, len(rows))), (min(cut, len(rows)), len(rows))):
        names, splits, folds = ([row[n] for row in rows[start:stop]] for n in range(3))
        table = pa.table(
            {
                "group": pa.array([f"group {name}" for name in names], pa.string()),
                "fold": pa.array([None if fold < 0 else fold for fold in folds], pa.int8()),
            }
        )
        grouper.add(np.array(splits, np.int64), table, np.arange(start, stop))
    found = grouper.result()
    sizes = Counter(name for name, *_ in rows)
    assert found.count == len(sizes)
    assert found.grouped == sum(size for size in sizes.values() if size > 1)
    assert sum(found.sizes) == len(sizes)
    assert found.sizes[0] == sum(size == 1 for size in sizes.values())
    assert found.across_splits == sum(len({row[1] for row in rows if row[0] == name}) > 1 for name in sizes)
    folded = [row for row in rows if row[2] >= 0]
    assert found.across_folds == sum(len({row[2] for row in folded if row[0] == name}) > 1 for name in sizes)
    shown = [size for _, size in sizes.most_common(LARGEST) if size > 1]
    assert [group.images for group in found.largest] == shown
    for group in found.largest:
        assert sizes[rows[group.place][0]] == group.images


def test_no_images() -> None:
    assert Grouper().result() == Groups(0, 0, (0,) * len(SIZES), 0, 0, ())
