"""Finished units on disk: a folder that is there whole, or not at all."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.schema import CROPS, FACES, FILES, FRAMES
from tasks.score.rows import Row

UNITS = "units"
LOOKED = "looked"  # units whose faces are found and not labelled yet, where other workers do that
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
# Faces before a network has said anything of them.
FOUND = pa.schema(
    [f for f in FACES if f.name not in ("emotion", "confidence", "abstained") and not f.name.startswith("p_")],
    FACES.metadata,
)
SCHEMAS = {"faces": FACES, "frames": SEEN, "files": FILES, "crops": CROPS, "thumbs": THUMBS}


def write(out: Path, unit: str, tables: Mapping[str, list[Row] | pa.Table], where: str = UNITS) -> int:
    """Keep the rows of ``unit`` below ``out``: written beside, then renamed. A part that is there already stays.

    Args:
        where: UNITS, or LOOKED.

    Returns:
        Its size in bytes.

    Raises:
        OSError: the part can't be written; nothing is left under its name.
    """
    final = out / where / unit
    temporary = final.with_name(f".{unit}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        for name, rows in tables.items():
            schema = _schema(name, where)
            table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=schema)
            pq.write_table(table, temporary / f"{name}.parquet", compression="zstd")
        temporary.rename(final)
    except OSError:
        # Dask runs a unit again when a worker dies before its result is fetched; the first run's part is as good.
        if not final.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return size(out, unit, where)


def size(out: Path, unit: str, where: str = UNITS) -> int:
    """Bytes of the part of ``unit``."""
    return sum(file.stat().st_size for file in (out / where / unit).iterdir())


def read(out: Path, unit: str, where: str) -> dict[str, pa.Table]:
    """All tables of the part of ``unit``.

    Raises:
        OSError: there is no such part.
    """
    paths = sorted((out / where / unit).iterdir())
    return {path.stem: pq.read_table(path, schema=_schema(path.stem, where)) for path in paths}


def _schema(name: str, where: str) -> pa.Schema:
    return FOUND if (name, where) == ("faces", LOOKED) else SCHEMAS[name]


def finished(out: Path, where: str = UNITS) -> set[str]:
    """The units that are kept below ``out``."""
    folder = out / where
    return {place.name for place in folder.iterdir() if not place.name.startswith(".")} if folder.is_dir() else set()


def listings(out: Path) -> list[Path]:
    """The table `files` of each unit that is kept below ``out``, labelled or not."""
    return [out / where / unit / "files.parquet" for where in (UNITS, LOOKED) for unit in sorted(finished(out, where))]


def tables(out: Path, units: list[str], name: str) -> Iterator[pa.Table]:
    """The table ``name`` of each of ``units``, in their order; units that did not write it are passed over."""
    for unit in units:
        path = out / UNITS / unit / f"{name}.parquet"
        if path.is_file():
            yield pq.read_table(path, schema=SCHEMAS[name])
