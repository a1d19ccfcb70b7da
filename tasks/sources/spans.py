"""Rows of tables, cut into chunks at the bounds of their parts wherever these are small enough."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tasks.sources.columns import Fields


class Sheet(NamedTuple):
    """One table of a data set."""

    name: str  # of the file, relative to the data set; empty: the data set is that file
    fields: Fields
    split: str  # of rows that do not say theirs, in the data set's own word


class Span(NamedTuple):
    """Consecutive rows of one table."""

    sheet: Sheet
    part: int  # the row group or batch of the first row
    skip: int  # rows of that part before the first
    start: int  # number of the first row in the table
    rows: int


def cut(runs: Iterable[Span], rows: int) -> Iterator[tuple[Span, ...]]:
    """Group runs, each within one part, into chunks of at most ``rows`` rows; larger runs are divided."""
    chunk: list[Span] = []
    held = 0
    for run in runs:
        for piece in _divided(run, rows):
            if held + piece.rows > rows:
                yield tuple(chunk)
                chunk, held = [], 0
            _append(chunk, piece)
            held += piece.rows
    if chunk:
        yield tuple(chunk)


def _divided(run: Span, rows: int) -> Iterator[Span]:
    for done in range(0, run.rows, rows):
        yield run._replace(skip=run.skip + done, start=run.start + done, rows=min(rows, run.rows - done))


def _append(chunk: list[Span], piece: Span) -> None:
    """Rows that follow on the last ones become one span with them."""
    last = chunk[-1] if chunk else None
    if last and (last.sheet, last.start + last.rows) == (piece.sheet, piece.start):
        chunk[-1] = last._replace(rows=last.rows + piece.rows)
    else:
        chunk.append(piece)
