"""Parts into tables of a sensible size."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.score import parts

ROWS_PER_FILE = 2_000_000
ROWS_PER_GROUP = 100_000


def compact(out: Path, units: list[str]) -> None:
    """Write faces/, frames/, files/ and thumbs.parquet below ``out`` from the parts of ``units``, in their order.

    Each table is written beside and renamed; memory holds one part and one row group at a time. Parts that hold no
    row give one empty file with the schema, so that a reader always finds the table.
    """
    for name in ("faces", "frames", "files"):
        temporary = out / f".{name}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _write(temporary, parts.tables(out, units, name), parts.SCHEMAS[name])
        shutil.rmtree(out / name, ignore_errors=True)
        temporary.rename(out / name)
    with pq.ParquetWriter(out / ".thumbs.tmp", parts.THUMBS, compression="none") as writer:
        for table in parts.tables(out, units, "thumbs"):
            writer.write_table(table)
    (out / ".thumbs.tmp").replace(out / "thumbs.parquet")


def _write(folder: Path, tables: Iterable[pa.Table], schema: pa.Schema) -> None:
    number, rows, pending = 0, 0, [schema.empty_table()]
    writer = pq.ParquetWriter(folder / f"part-{number:05}.parquet", schema, compression="zstd")
    try:
        for table in tables:
            pending.append(table)
            if sum(len(piece) for piece in pending) < ROWS_PER_GROUP:
                continue
            rows += _flush(writer, pending)
            if rows >= ROWS_PER_FILE:
                writer.close()
                number, rows = number + 1, 0
                writer = pq.ParquetWriter(folder / f"part-{number:05}.parquet", schema, compression="zstd")
        _flush(writer, pending)
    finally:
        writer.close()


def _flush(writer: pq.ParquetWriter, pending: list[pa.Table]) -> int:
    table = pa.concat_tables(pending).unify_dictionaries()
    writer.write_table(table, row_group_size=ROWS_PER_GROUP)
    pending.clear()
    pending.append(table.schema.empty_table())
    return len(table)
