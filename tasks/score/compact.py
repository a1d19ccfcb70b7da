"""Parts into tables of a sensible size."""

import shutil
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.media.entry import Entry
from tasks.schema import FACES, FILES, FRAMES, TRACKS
from tasks.score import earlier, gather, parts

WHOLE = ".whole"  # stands beside new tables that are written whole
TABLES = {"faces": FACES, "frames": FRAMES, "files": FILES, "tracks": TRACKS}
NAMES = (*TABLES, "thumbs.parquet")  # all that is written
ROWS_PER_FILE = 2_000_000
ROWS_PER_GROUP = 100_000


def compact(out: Path, groups: Iterable[list[str]], held: Collection[Entry] = ()) -> None:
    """Write faces/, frames/, files/, tracks/ and thumbs.parquet below ``out`` from units' parts, in their order.

    All tables are written beside, then renamed: ``recover`` ends what was stopped in between. Memory holds the parts of
    one group, and one row group of each table. A table without rows is one empty file with the schema, so that a reader
    always finds it.

    Args:
        out: the folder of the run.
        groups: ids of units whose rows belong together.
        held: entries whose rows stand in the tables there already; they come first.
    """
    with ExitStack() as stack:
        written = {name: stack.enter_context(_Table(out / f".{name}.tmp", schema)) for name, schema in TABLES.items()}
        thumbs = stack.enter_context(pq.ParquetWriter(out / ".thumbs.tmp", parts.THUMBS, compression="none"))
        for name, table in written.items():
            for kept in earlier.rows(out, held, name):
                table.add(kept.cast(TABLES[name]))
        for kept in earlier.rows(out, held, "thumbs"):
            thumbs.write_table(kept)
        for group in groups:
            found = gather.tables(out, group)
            for name, table in written.items():
                table.add(found[name])
            thumbs.write_table(found["thumbs"])
    (out / WHOLE).touch()
    recover(out)


def recover(out: Path) -> None:
    """Put tables in their places that are written whole; also those of a run that ended on the way."""
    if not (out / WHOLE).exists():
        return
    for name in TABLES:
        if (out / f".{name}.tmp").exists():
            shutil.rmtree(out / name, ignore_errors=True)
            (out / f".{name}.tmp").rename(out / name)
    if (out / ".thumbs.tmp").exists():
        (out / ".thumbs.tmp").replace(out / "thumbs.parquet")
    (out / WHOLE).unlink()


class _Table:
    """A table in a new folder, in files of a sensible size."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._folder, self._schema = folder, schema
        self._files = self._rows = 0
        self._pending = [schema.empty_table()]
        self._writer = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        self._pending.append(table)
        if sum(len(piece) for piece in self._pending) < ROWS_PER_GROUP:
            return
        self._flush()
        if self._rows >= ROWS_PER_FILE:
            self._writer.close()
            self._files, self._rows = self._files + 1, 0
            self._writer = self._open()

    def _open(self) -> pq.ParquetWriter:
        return pq.ParquetWriter(self._folder / f"part-{self._files:05}.parquet", self._schema, compression="zstd")

    def _flush(self) -> None:
        table = pa.concat_tables(self._pending).unify_dictionaries()
        self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self._rows += len(table)
        self._pending = [self._schema.empty_table()]
