"""Parquet files and Arrow streams alike: parts of rows that are read one by one, never a whole file."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import SourceError
from tasks.sources import store
from tasks.sources.words import clean

BATCH: Final = 64  # images in memory
# What pyarrow raises on damaged files.
DAMAGED: Final = (pa.ArrowException, OSError, ValueError, OverflowError, EOFError)

_BUFFER: Final = 1 << 16  # bytes read ahead of a column: without it a column of a row group is read as a whole


class Table(Protocol):
    """A file of rows in parts."""

    schema: Any  # pa.Schema

    def parts(self) -> Sequence[int]:
        """Rows of each part."""

    def read(self, part: int, names: Sequence[str]) -> Any:
        """Columns of one part, as pa.Table or pa.RecordBatch."""

    def batches(self, part: int, name: str) -> Iterator[Any]:
        """One column of one part, as a pa.Array of at most BATCH rows after the other."""


class Parquet:
    """A Parquet file; its parts are the row groups."""

    def __init__(self, stream: Any) -> None:
        self._file = pq.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True)
        self.schema = self._file.schema_arrow

    def parts(self) -> Sequence[int]:
        """Rows of each row group, as the file's end lists them."""
        metadata = self._file.metadata
        return [metadata.row_group(part).num_rows for part in range(metadata.num_row_groups)]

    def read(self, part: int, names: Sequence[str]) -> Any:
        """Columns of one row group."""
        return self._file.read_row_group(part, columns=list(names), use_threads=False)

    def batches(self, part: int, name: str) -> Iterator[Any]:
        """One column of one row group, page by page."""
        for batch in self._file.iter_batches(BATCH, row_groups=[part], columns=[name], use_threads=False):
            yield batch.column(0)


class Stream:
    """A stream of Arrow record batches, as Hugging Face ``datasets`` saves it; its parts are the batches.

    On disk it is mapped into memory, so that passing over batches costs nothing; elsewhere they are all fetched.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rewind()
        self.schema = self._reader.schema

    def parts(self) -> Sequence[int]:
        """Rows of each batch, found by passing over all."""
        self._rewind()
        return [batch.num_rows for batch in self._reader]

    def read(self, part: int, names: Sequence[str]) -> Any:
        """Columns of one batch, checked."""
        columns = self._batch(part).select(list(names))
        columns.validate(full=True)  # a damaged offset would read anywhere in memory
        return columns

    def batches(self, part: int, name: str) -> Iterator[Any]:
        """One column of one batch, checked, in slices."""
        column = self.read(part, [name]).column(0)
        for start in range(0, len(column), BATCH):
            yield column.slice(start, BATCH)

    def _rewind(self) -> None:
        self._stream.seek(0)
        self._reader = pa.ipc.open_stream(self._stream)
        self._next, self._current = 0, None

    def _batch(self, part: int) -> Any:
        if part < self._next - 1 or self._current is None:
            self._rewind()
        while self._next <= part:
            try:
                self._current = self._reader.read_next_batch()
            except StopIteration:
                raise EOFError(f"it ends before batch {part}") from None
            self._next += 1
        return self._current


@contextmanager
def opened(path: str) -> Iterator[Table]:
    """Open a table by what it begins with.

    Raises:
        SourceError: it cannot be opened or is damaged, also within the block.
    """
    try:
        with store.opened(path) as stream:
            parquet = stream.read(4) == b"PAR1"
            stream.seek(0)
            if parquet:
                yield Parquet(stream)
            elif store.is_url(path):
                yield Stream(pa.PythonFile(stream))
            else:
                with pa.memory_map(path) as mapped:
                    yield Stream(mapped)
    except DAMAGED as error:
        raise SourceError(
            f"data.path: {path!r} is not a whole Parquet file or Arrow stream: {store.why(error)}"
        ) from None


def word(value: Any) -> str:
    """A cell as text: a whole number without its decimals, nothing for null."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
