"""Finished units on disk: a folder that is there whole, or not at all."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.schema import CROPS, FACES, FILES, FRAMES
from tasks.score.rows import Row

UNITS = "units"
THUMBS = pa.schema(
    [
        ("source", pa.string()),
        ("member", pa.string()),
        ("frame", pa.int64()),
        ("pts_ms", pa.float64()),
        ("face", pa.int32()),
        ("emotion", pa.string()),
        ("confidence", pa.float32()),
        ("jpeg", pa.binary()),
    ]
)
# Besides: whether a frame is of another shot than the sampled one before it in its part, and, where a part begins and
# ends, what it looks like: one part doesn't know what another saw.
SEEN = pa.schema([*FRAMES, pa.field("cut", pa.bool_()), pa.field("look", pa.binary())], FRAMES.metadata)
SCHEMAS = {"faces": FACES, "frames": SEEN, "files": FILES, "crops": CROPS, "thumbs": THUMBS}


def write(out: Path, unit: str, tables: dict[str, list[Row]]) -> int:
    """Keep the rows of ``unit`` below ``out``: written beside, then renamed. A part that is there already stays.

    Returns:
        Its size in bytes.

    Raises:
        OSError: the part can't be written; nothing is left under its name.
    """
    final = out / UNITS / unit
    temporary = final.with_name(f".{unit}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        for name, rows in tables.items():
            table = pa.Table.from_pylist(rows, schema=SCHEMAS[name])
            pq.write_table(table, temporary / f"{name}.parquet", compression="zstd")
        temporary.rename(final)
    except OSError:
        # Dask runs a unit again when a worker dies before its result is fetched; the first run's part is as good.
        if not final.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sum(file.stat().st_size for file in final.iterdir())


def finished(out: Path) -> set[str]:
    """The units that are kept below ``out``."""
    folder = out / UNITS
    return {place.name for place in folder.iterdir() if not place.name.startswith(".")} if folder.is_dir() else set()


def tables(out: Path, units: list[str], name: str) -> Iterator[pa.Table]:
    """The table ``name`` of each of ``units``, in their order; units that did not write it are passed over."""
    for unit in units:
        path = out / UNITS / unit / f"{name}.parquet"
        if path.is_file():
            yield pq.read_table(path, schema=SCHEMAS[name])
