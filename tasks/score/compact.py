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
from tasks.schema import CROPS, FACES, FILES, FRAMES, TRACKS
from tasks.score import earlier, gather, parts
from tasks.score.reprior import Relabel

WHOLE = ".whole"  # stands beside new tables that are written whole
TABLES = {"faces": FACES, "frames": FRAMES, "files": FILES, "tracks": TRACKS, "crops": CROPS}
NAMES = (*TABLES, "thumbs.parquet")  # all that is written
ROWS_PER_FILE = 2_000_000
ROWS_PER_GROUP = 100_000
# Of crops: a row group is what a worker of `rescore` takes at once, two thousand faces of 48 pixels or so.
CROPS_PER_GROUP, CROPS_PER_FILE = 4 << 20, 1 << 29  # bytes
LEAST = 64  # crops of a row group, however large


def compact(
    out: Path,
    groups: Iterable[list[str]],
    held: Collection[Entry] = (),
    keep_crops: bool = False,
    relabel: Relabel | None = None,
) -> None:
    """Write faces/, frames/, files/, tracks/, crops/ and thumbs.parquet below ``out`` from units' parts, in order.

    All tables are written beside, then renamed: ``recover`` ends what was stopped in between. Memory holds the parts of
    one group, and one row group of each table. A table without rows is one empty file with the schema, so that a reader
    always finds it.

    Args:
        out: the folder of the run.
        groups: ids of units whose rows belong together.
        held: entries whose rows stand in the tables there already; they come first.
        keep_crops: whether there are crops.
        relabel: what changes the labels of the units' faces before they are put together; None: nothing.
    """
    names = [name for name in TABLES if keep_crops or name != "crops"]
    with ExitStack() as stack:
        written = {name: stack.enter_context(Table(out, name)) for name in names}
        thumbs = stack.enter_context(pq.ParquetWriter(out / ".thumbs.tmp", parts.THUMBS, compression="none"))
        for name, table in written.items():
            for kept in earlier.rows(out, held, name):
                table.add(kept.cast(TABLES[name]))
        for kept in earlier.rows(out, held, "thumbs"):
            thumbs.write_table(kept)
        for group in groups:
            found = gather.tables(out, group, relabel)
            thumbs.write_table(found["thumbs"])
            for name, table in written.items():
                # Crops of a whole video may be too many for the memory.
                for part in parts.tables(out, group, name) if name == "crops" else [found[name]]:
                    table.add(part)
    put(out)


def put(out: Path) -> None:
    """Put new tables in their places, which are written whole beside them."""
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


class Table:
    """The table ``name`` of the folder ``out``, written beside, in files of a sensible size."""

    def __init__(self, out: Path, name: str) -> None:
        self._folder, self._schema = out / f".{name}.tmp", TABLES[name]
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._most = CROPS_PER_GROUP if name == "crops" else None  # bytes of a row group
        self._files = self._rows = self._bytes = 0
        self._pending = [self._schema.empty_table()]
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
        if sum(map(len, self._pending)) < ROWS_PER_GROUP and not self._heavy(self._pending):
            return
        self._flush()
        if self._rows >= ROWS_PER_FILE or (self._most is not None and self._bytes >= CROPS_PER_FILE):
            self._writer.close()
            self._files, self._rows, self._bytes = self._files + 1, 0, 0
            self._writer = self._open()

    def _heavy(self, pieces: list[pa.Table]) -> bool:
        if self._most is None or sum(map(len, pieces)) < LEAST:
            return False
        return bool(sum(piece.nbytes for piece in pieces) >= self._most)

    def _open(self) -> pq.ParquetWriter:
        return pq.ParquetWriter(self._folder / f"part-{self._files:05}.parquet", self._schema, compression="zstd")

    def _flush(self) -> None:
        table = pa.concat_tables(self._pending).unify_dictionaries()
        size = ROWS_PER_GROUP
        if self._heavy([table]):
            size = max(LEAST, len(table) * CROPS_PER_GROUP // table.nbytes)
        self._writer.write_table(table, row_group_size=size)
        self._rows, self._bytes = self._rows + len(table), self._bytes + table.nbytes
        self._pending = [self._schema.empty_table()]
