"""Finished units: a file each that is there whole, or not at all."""

import io
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.schema import CROPS, FACES, FILES, FRAMES
from tasks.score import store
from tasks.score.job import Unit
from tasks.score.rows import Row

UNITS = "units"
LOOKED = "looked"  # units whose faces are found and not labelled yet, where other workers do that
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
        ("abstained_because", pa.string()),
        ("jpeg", pa.binary()),
    ]
)
# Besides: whether a frame is of another shot than the sampled one before it in its part, and, where a part begins and
# ends, what it looks like: one part doesn't know what another saw.
SEEN = pa.schema([*FRAMES, pa.field("cut", pa.bool_()), pa.field("look", pa.binary())], FRAMES.metadata)
ANSWERED = ("emotion", "confidence", "abstained", "abstained_because", "quality")
# Faces before a network has said anything of them.
FOUND = pa.schema(
    [f for f in FACES if f.name not in ANSWERED and not f.name.startswith("p_")],
    FACES.metadata,
)
SCHEMAS = {"faces": FACES, "frames": SEEN, "files": FILES, "crops": CROPS, "thumbs": THUMBS}


def write(
    out: str | Path | store.Store, unit: str, tables: Mapping[str, list[Row] | pa.Table], where: str = UNITS
) -> int:
    """Keep the rows of ``unit`` below ``out``: one file, a zip of Parquet tables, whose presence says that it is whole.

    Dask runs a unit again when a worker dies before its result is fetched; the second part is as good as the first.

    Args:
        where: UNITS, or LOOKED.

    Returns:
        Its size in bytes.

    Raises:
        OSError: the part can't be written; nothing is left under its name.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # The rows of `files`, which are asked for alone, stand last: beside the zip's own list.
        for name in sorted(tables, key=lambda name: name == "files"):
            rows, buffer = tables[name], io.BytesIO()
            table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema=_schema(name, where))
            pq.write_table(table, buffer, compression="zstd")
            archive.writestr(zipfile.ZipInfo(f"{name}.parquet"), buffer.getbuffer())
    store.at(out).put(_name(unit, where), packed.getvalue())
    return packed.tell()


def read(out: str | Path | store.Store, unit: str, where: str) -> dict[str, pa.Table]:
    """All tables of the part of ``unit``.

    Raises:
        OSError: there is no such part.
    """
    with store.at(out).open(_name(unit, where)) as file, zipfile.ZipFile(file) as archive:
        names = [Path(name).stem for name in archive.namelist()]
        return {name: _parsed(archive, name, where) for name in names}


def finished(out: str | Path | store.Store, where: str = UNITS) -> set[str]:
    """The units that are kept below ``out``."""
    return {name.removesuffix(_ENDING) for name in store.at(out).names(where) if name.endswith(_ENDING)}


def listings(out: str | Path | store.Store) -> Iterator[tuple[str, str, pa.Table]]:
    """(UNITS or LOOKED, unit, its table `files`) of each unit that is kept below ``out``, labelled or not."""
    place = store.at(out)
    for where in (UNITS, LOOKED):
        units = sorted(finished(place, where))
        found = place.each(partial(_table, place, name="files", where=where), units)
        yield from ((where, unit, table) for unit, table in zip(units, found, strict=True) if table is not None)


def missing(out: str | Path | store.Store, units: Sequence[Unit]) -> list[Unit]:
    """Those of ``units`` that aren't kept below ``out``; parts that are get the names which their contents have now."""
    place = store.at(out)
    asked = {unit.id: unit for unit in units}
    for where in (UNITS, LOOKED):
        there = finished(place, where)
        held = [unit for unit in asked if unit in there]
        for unit, table in zip(held, place.each(partial(_table, place, name="files", where=where), held), strict=True):
            if table is not None:
                _rename(place, asked[unit], where, table)
    present = finished(place)
    return [unit for unit in units if unit.id not in present]


def _rename(place: store.Store, unit: Unit, where: str, files: pa.Table) -> None:
    now = {entry.sha256: (entry.source, entry.member) for entry in unit.entries}
    columns = (files[name].to_pylist() for name in ("source", "member", "source_sha256"))
    names = {(source, member): now[sha256] for source, member, sha256 in zip(*columns, strict=True)}
    if all(old == new for old, new in names.items()):
        return
    renamed = {name: table.to_pylist() for name, table in read(place, unit.id, where).items()}
    for row in (row for rows in renamed.values() for row in rows):
        row["source"], row["member"] = names[row["source"], row["member"]]
    write(place, unit.id, renamed, where)


def tables(out: str | Path | store.Store, units: list[str], name: str) -> Iterator[pa.Table]:
    """The table ``name`` of each of ``units``, in their order; units that did not write it are passed over."""
    place = store.at(out)
    found = place.each(partial(_table, place, name=name, where=UNITS), units)
    return (table for table in found if table is not None)


def discard(out: str | Path | store.Store, units: Collection[str], where: str = UNITS) -> None:
    """Throw away parts of ``units``."""
    store.at(out).remove([_name(unit, where) for unit in units])


def _name(unit: str, where: str) -> str:
    return f"{where}/{unit}{_ENDING}"


def _schema(name: str, where: str) -> pa.Schema:
    return FOUND if (name, where) == ("faces", LOOKED) else SCHEMAS[name]


def _table(place: store.Store, unit: str, name: str, where: str) -> pa.Table | None:
    try:
        with place.open(_name(unit, where)) as file, zipfile.ZipFile(file) as archive:
            return _parsed(archive, name, where)
    except (FileNotFoundError, KeyError):
        return None


def _parsed(archive: zipfile.ZipFile, name: str, where: str) -> pa.Table:
    return pq.read_table(io.BytesIO(archive.read(f"{name}.parquet")), schema=_schema(name, where))
