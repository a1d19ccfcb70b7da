"""Finished units: a file each that is there whole, or not at all."""

import io
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.schema import FACES, FILES, FRAMES
from tasks.score import store
from tasks.score.job import Unit
from tasks.score.rows import Row

UNITS = "units"
_ENDING = ".zip"
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
SCHEMAS = {"faces": FACES, "frames": SEEN, "files": FILES, "thumbs": THUMBS}


def write(out: str | Path | store.Store, unit: str, tables: dict[str, list[Row]]) -> int:
    """Keep the rows of ``unit`` below ``out``: one file, a zip of Parquet tables, whose presence says that it is whole.

    Dask runs a unit again when a worker dies before its result is fetched; the second part is as good as the first.

    Returns:
        Its size in bytes.

    Raises:
        OSError: the part can't be written; nothing is left under its name.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # The rows of `files`, which are asked for alone, stand last: beside the zip's own list.
        for name in sorted(tables, key=lambda name: name == "files"):
            table, buffer = pa.Table.from_pylist(tables[name], schema=SCHEMAS[name]), io.BytesIO()
            pq.write_table(table, buffer, compression="zstd")
            archive.writestr(zipfile.ZipInfo(f"{name}.parquet"), buffer.getbuffer())
    store.at(out).put(_name(unit), packed.getvalue())
    return packed.tell()


def finished(out: str | Path | store.Store) -> set[str]:
    """The units that are kept below ``out``."""
    return {name.removesuffix(_ENDING) for name in store.at(out).names(UNITS) if name.endswith(_ENDING)}


def missing(out: str | Path | store.Store, units: Sequence[Unit]) -> list[Unit]:
    """Those of ``units`` that aren't kept below ``out``; parts that are get the names which their contents have now."""
    kept = finished(out)
    present = [unit for unit in units if unit.id in kept]
    for unit, files in zip(present, tables(out, [unit.id for unit in present], "files"), strict=True):
        _rename(out, unit, files)
    return [unit for unit in units if unit.id not in kept]


def _rename(out: str | Path | store.Store, unit: Unit, files: pa.Table) -> None:
    now = {entry.sha256: (entry.source, entry.member) for entry in unit.entries}
    columns = (files[name].to_pylist() for name in ("source", "member", "source_sha256"))
    names = {(source, member): now[sha256] for source, member, sha256 in zip(*columns, strict=True)}
    if all(old == new for old, new in names.items()):
        return
    renamed: dict[str, list[Row]] = {}
    for name in SCHEMAS:
        renamed[name] = [row for table in tables(out, [unit.id], name) for row in table.to_pylist()]
        for row in renamed[name]:
            row["source"], row["member"] = names[row["source"], row["member"]]
    write(out, unit.id, renamed)


def tables(out: str | Path | store.Store, units: list[str], name: str) -> Iterator[pa.Table]:
    """The table ``name`` of each of ``units``, in their order; units that did not write it are passed over."""
    place = store.at(out)
    found = place.each(lambda unit: _table(place, unit, name), units)
    return (table for table in found if table is not None)


def discard(out: str | Path | store.Store, units: Collection[str]) -> None:
    """Throw away parts of ``units``."""
    store.at(out).remove([_name(unit) for unit in units])


def _name(unit: str) -> str:
    return f"{UNITS}/{unit}{_ENDING}"


def _table(place: store.Store, unit: str, name: str) -> pa.Table | None:
    try:
        with place.open(_name(unit)) as file, zipfile.ZipFile(file) as archive:
            return pq.read_table(io.BytesIO(archive.read(f"{name}.parquet")), schema=SCHEMAS[name])
    except (FileNotFoundError, KeyError):
        return None
