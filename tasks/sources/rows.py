"""The rows of a listing: CSV, TSV, columns between spaces, or Parquet; with a header, or by position without one."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import pyarrow.parquet as pq

from tasks.errors import SourceError
from tasks.params import Columns
from tasks.sources import store
from tasks.sources.tables import DAMAGED, word
from tasks.sources.words import clean, shown

ENDINGS: Final = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")
BATCH: Final = 4096  # rows of a Parquet listing in memory


class Row(NamedTuple):
    """One row; None where the column is not there, empty where the row has nothing in it."""

    path: str
    label: str | None
    split: str | None
    group: str | None


class Places(NamedTuple):
    """Positions of the columns; None: not there."""

    path: int
    label: int | None
    split: int | None
    group: int | None


def read_rows(path: str, columns: Columns, labelled: bool = True) -> Iterator[Row]:
    """Read a listing row by row, blank lines left out.

    Args:
        labelled: whether the column of labels must be there.

    Raises:
        SourceError: it cannot be read, or a column is missing.
    """
    table = path.lower().endswith(".parquet")
    cells = _parquet(path, columns) if table else _text(path)
    header = None if columns.path.isdecimal() and not table else next(cells, [])
    place = _places(columns, path, labelled) if header is None else _named(header, columns, path, labelled)
    for row in cells:
        label, split, group = (_cell(row, at) for at in place[1:])
        yield Row(_cell(row, place.path) or "", label and clean(label), split and clean(split), group and clean(group))


def _places(columns: Columns, path: str, labelled: bool) -> Places:
    """Columns that are named by their numbers."""
    label, split, group = (
        int(name) if name.isdecimal() else None for name in (columns.label, columns.split, columns.group)
    )
    if labelled and label is None:
        raise SourceError(f"data.path: {path!r} is read without a header, and data.columns.label is no number")
    return Places(int(columns.path), label, split, group)


def _named(header: Sequence[str], columns: Columns, path: str, labelled: bool) -> Places:
    """Columns that are named in the header; a default that is not there was not asked for."""
    names = [name.strip() for name in header]
    optional = {"", Columns().split} if labelled else {"", Columns().split, Columns().label}
    wanted = (columns.path, columns.label, columns.split, columns.group)
    for name in wanted:
        if name not in names and (name not in optional or name == columns.path):
            received = ", ".join(shown(one) for one in names[:8])
            raise SourceError(
                f"data.path: {path!r} has no column {name!r}. Received: {received}. data.columns can name another"
            )
    label, split, group = (names.index(name) if name and name in names else None for name in wanted[1:])
    return Places(names.index(columns.path), label, split, group)


def _cell(row: Sequence[str], place: int | None) -> str | None:
    if place is None:
        return None
    return row[place].strip() if place < len(row) else ""


def _text(path: str) -> Iterator[list[str]]:
    """Cells of each line; names of files may hold bytes that are not UTF-8."""
    with store.unzipped(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
        delimiter = _delimiter(text.readline())
        text.seek(0)
        if delimiter is None:
            yield from (line.split() for line in text if line.strip())
            return
        reader = csv.reader(text, delimiter=delimiter)
        try:
            yield from (row for row in reader if any(row))
        except csv.Error as error:
            raise SourceError(f"data.path: line {reader.line_num} of {path!r} is not CSV: {error}") from None


def _delimiter(line: str) -> str | None:
    """What stands between the cells of the first line; None: spaces."""
    return next((one for one in "\t,;" if one in line), None)


def _parquet(path: str, columns: Columns) -> Iterator[list[str]]:
    """The names, then the cells of each row, of the columns that are asked for."""
    try:
        with store.opened(path) as stream, pq.ParquetFile(stream) as file:
            asked = {columns.path, columns.label, columns.split, columns.group}
            names = [name for name in file.schema_arrow.names if name in asked]
            yield names or list(file.schema_arrow.names)
            for batch in file.iter_batches(BATCH, columns=names) if names else ():
                values: list[list[Any]] = [column.to_pylist() for column in batch.columns]
                yield from ([word(value) for value in row] for row in zip(*values, strict=True))
    except DAMAGED as error:
        raise SourceError(f"data.path: {path!r} is not a whole Parquet file: {store.why(error)}") from None
