"""Stream the Parquet tables of a scored folder with bounded memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from tasks.errors import OutputError

BATCH_ROWS = 1 << 16


def batches(folder: Path, schema: pa.Schema, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of all Parquet files under ``folder`` in parts of at most ``BATCH_ROWS`` rows.

    A missing folder holds no rows: a run that has just begun has not written it yet.

    Raises:
        OutputError: a file that is not Parquet, is damaged, or has a column of another type.
    """
    paths = sorted(str(path) for path in folder.rglob("*.parquet") if not path.name.startswith("."))
    if not paths:
        return
    try:
        scanner = ds.dataset(paths, schema=schema, format="parquet").scanner(
            columns=list(columns), batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1
        )
        for batch in scanner.to_batches():
            if batch.num_rows:
                yield pa.Table.from_batches([batch])
    except (pa.ArrowException, OSError, ValueError) as error:
        raise OutputError(f"{folder}: cannot be read as the table {schema.metadata[b'fermata.table'].decode()}: "
                          f"{' '.join(str(error).split())}") from None  # fmt: skip


def keys(table: pa.Table) -> pa.ChunkedArray:
    """One text per row that tells apart files and archive members: ``source``, NUL, ``member``."""
    return pc.binary_join_element_wise(table["source"], pc.fill_null(table["member"], ""), "\0")


def positions(values: pa.ChunkedArray, among: pa.Array) -> NDArray[np.int64]:
    """Index of each value in ``among``, -1 where it is not there. Shape (rows,)."""
    found = pc.fill_null(pc.index_in(values, value_set=among), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)


def texts(column: pa.ChunkedArray | pa.Array) -> list[str | None]:
    """A text column as Python strings; bytes that are not UTF-8 become ``\\xff`` instead of an exception."""
    return [None if v is None else v.decode("utf-8", "backslashreplace") for v in column.cast(pa.binary()).to_pylist()]


def total(column: pa.ChunkedArray) -> float:
    """Sum of a numeric column, 0 of none."""
    return pc.sum(column).as_py() or 0
