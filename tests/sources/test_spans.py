from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.sources.cells import runs
from tasks.sources.columns import Fields
from tasks.sources.spans import Sheet, Span, cut

SHEETS = [Sheet(name, Fields("image", "label"), "") for name in "ab"]


def whole(counts: list[list[int]]) -> list[Span]:
    """All rows of two tables, part by part."""
    found = []
    for sheet, parts in zip(SHEETS, counts, strict=True):
        start = 0
        for part, rows in enumerate(parts):
            found.append(Span(sheet, part, 0, start, rows))
            start += rows
    return found


@given(st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=2, max_size=2), st.integers(1, 12))
def test_every_row_is_in_one_chunk_and_in_order(counts: list[list[int]], rows: int) -> None:
    chunks = list(cut(whole(counts), rows))
    assert all(0 < sum(span.rows for span in chunk) <= rows for chunk in chunks)
    read = []
    for chunk in chunks:
        for span in chunk:
            parts = counts[SHEETS.index(span.sheet)]
            assert sum(parts[: span.part]) + span.skip == span.start
            assert span.skip < parts[span.part]
            read += [(span.sheet.name, span.start + at) for at in range(span.rows)]
    assert read == [(sheet.name, row) for sheet, parts in zip(SHEETS, counts, strict=True) for row in range(sum(parts))]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=9))
def test_parts_that_fit_are_never_divided(parts: list[int]) -> None:
    chunks = cut(whole([parts, []]), 4)
    assert all(span.skip == 0 for chunk in chunks for span in chunk)


@given(st.lists(st.booleans()))
def test_runs_are_the_rows_that_are_true(flags: list[bool]) -> None:
    found = runs(flags)
    assert [at for start, length in found for at in range(start, start + length)] == [
        at for at, flag in enumerate(flags) if flag
    ]
    assert all(sum(one) < other[0] for one, other in pairwise(found))
