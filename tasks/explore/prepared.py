"""A prepared folder, read in parts: columns of all rows one after the other, or whole rows from a few places.

A place says where a row lies: the number of its file in the manifest's list, times 2^32, plus its row in that file.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import manifest
from tasks.errors import SourceError
from tasks.schema import REJECT, SHARD

BATCH_ROWS: Final = 1 << 16
_SHIFT: Final = 32

Places = npt.NDArray[np.int64]


class Part(NamedTuple):
    """Some rows of one file: ``places`` (n,), and ``table`` with the columns that were asked for."""

    places: Places
    table: Any


@dataclass(frozen=True)
class Table:
    """The files of one kind: ``names`` below ``folder``, all of the Arrow ``schema``."""

    folder: Path
    names: tuple[str, ...]
    schema: Any

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """All rows, at most ``BATCH_ROWS`` at a time.

        Raises:
            SourceError: a file that is missing, damaged or lacks a column.
        """
        for number in range(len(self.names)):
            with _opened(self.folder / self.names[number], self.schema, columns) as file:
                start = number << _SHIFT
                for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
                    yield Part(np.arange(start, start + batch.num_rows), pa.Table.from_batches([batch]))
                    start += batch.num_rows

    def rows(self, places: Iterable[int], columns: Sequence[str]) -> dict[int, dict[str, Any]]:
        """The rows at ``places``; only row groups that hold one of them are read.

        Raises:
            SourceError: as ``parts``.
        """
        wanted = np.unique(np.fromiter(places, np.int64))
        found: dict[int, dict[str, Any]] = {}
        for number in np.unique(wanted >> _SHIFT).tolist():
            here = wanted[wanted >> _SHIFT == number]
            with _opened(self.folder / self.names[number], self.schema, columns) as file:
                start = number << _SHIFT
                for group in range(file.num_row_groups):
                    stop = start + file.metadata.row_group(group).num_rows
                    inside = here[(here >= start) & (here < stop)]
                    if len(inside):
                        rows = file.read_row_group(group, columns=list(columns)).take(pa.array(inside - start))
                        found |= zip(inside.tolist(), rows.to_pylist(), strict=True)
                    start = stop
        return found


@dataclass(frozen=True)
class Prepared:
    """A whole folder: its manifest, the kept rows with the split of each file, and the rejected ones."""

    folder: Path
    manifest: dict[str, Any]
    kept: Table
    rejects: Table

    @property
    def rows(self) -> int:
        """Rows of all tables, as the manifest has them."""
        return sum(int(one.get("rows", 0)) for key in ("shards", "reject_files") for one in self.manifest[key])


def open_folder(folder: Path) -> Prepared:
    """Read the manifest of a prepared folder.

    Raises:
        SourceError: no prepared folder, a damaged manifest, or one of another version.
    """
    found = manifest.read(folder)
    try:
        kept, rejects = (tuple(str(one["file"]) for one in found[key]) for key in ("shards", "reject_files"))
    except (KeyError, TypeError):
        raise SourceError(f"{folder / manifest.NAME}: lists no files. {manifest.RUN}") from None
    return Prepared(folder, found, Table(folder, kept, SHARD), Table(folder, rejects, REJECT))


@contextmanager
def _opened(path: Path, schema: Any, columns: Sequence[str]) -> Iterator[Any]:
    """A Parquet file that has ``columns`` as ``schema`` wants them; what goes wrong is said with the file's name."""
    try:
        with pq.ParquetFile(path) as file:
            found = file.schema_arrow
            for name in columns:
                if name not in found.names or found.field(name).type != schema.field(name).type:
                    raise SourceError(f"{path}: its column {name!r} is missing or of another type. {manifest.RUN}")
            yield file
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path}: cannot be read ({' '.join(str(error).split())}). {manifest.RUN}") from None
