"""Remove all that a run says of a source: tables, crops, thumbnails, versions, and what was made of them.

What is forgotten is a content: entries that hold the same (`duplicate_of`) go with it, whichever of them was named, as
the labels that stand at one of them are labels of all. The medium itself is not touched.
"""

import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from tasks import files
from tasks.errors import FermataError, UsageError
from tasks.score import compact, folder, ledger, parts, totals, traces, versions
from tasks.score.traces import Key, Traces

_COLUMNS = ["source", "member", "source_sha256", "media_type"]
_CROPS, _ROWS = 2_000, 100_000  # at a time


def find(out: Path, source: str = "", sha256: str = "") -> set[Key]:
    """The entries of the run in ``out``, finished or not, that are ``source``, or have the content ``sha256``.

    With an archive go its members, and with everything what holds the same.

    Args:
        source: as it stands in the column `source`, or `source::member`.
    """
    named = _named(out, source) if source else set()
    wanted = _select(out, named, {sha256} if sha256 else set())
    if not wanted and not sha256:  # `source::member`: either may have colons
        for at in (at for at in range(len(source)) if source.startswith("::", at)):
            wanted = wanted or _select(out, {(source[:at], source[at + 2 :])}, set())
    return wanted


def forget(out: Path, keys: set[Key]) -> dict[str, int]:
    """Remove ``keys`` from everything below ``out``, and look whether a trace is left.

    Tables of a folder are replaced together. What is to be forgotten stands in ``folder.FORGETTING`` until all is done:
    after a stop, another call goes on, and no run does before. It then counts what was left to remove.

    Returns:
        Removed rows by table, and `units` that a stopped run has to score again.

    Raises:
        UsageError: nothing of it is there.
        FermataError: a trace is left, in files that no command wrote.
    """
    note = out / folder.FORGETTING
    begun = files.read_json(note) if note.is_file() else {"keys": [], "hashes": []}
    keys = keys | {(source, member) for source, member in begun["keys"]}
    if not keys:
        raise UsageError(f"forget: '{out}' has no rows of that. Write --source as it stands in the column `source`")
    folders = [*versions.all_of(out), out]
    for place in folders:
        compact.recover(place)
    wanted = Traces(keys, _hashes(out, keys) | set(begun["hashes"]), _whole(out, keys))
    files.write_json(note, {"keys": sorted(map(list, keys), key=str), "hashes": sorted(wanted.hashes)})
    _sweep(out)
    counts = {"units": _units(out, wanted)}
    for place in folders:  # the run's own tables come last: they say what is to be forgotten
        for path in _made(place, wanted):
            path.unlink()
        for name, count in _tables(place, wanted).items():
            counts[name] = counts.get(name, 0) + count
        _retell(place, wanted)
    left = traces.left(out, wanted) | {str(path): 1 for place in folders for path in _made(place, wanted)}
    if left:
        raise FermataError(
            f"forget: {sum(left.values()):,} traces are left in {', '.join(map(repr, sorted(left)[:5]))}. "
            "Delete these files, and run it again"
        )
    _record(out, counts)
    note.unlink()
    return counts


def _listings(out: Path) -> Iterator[pa.Table]:
    """All tables that name files, of whatever state the run is in."""
    for place in (*versions.all_of(out), out):
        if (place / "files").is_dir():
            yield from _batches(place / "files", _COLUMNS)
    if (out / ledger.NAME).is_file():
        yield from _batches(out / ledger.NAME, _COLUMNS)
    for *_, table in parts.listings(out):
        yield table.select(_COLUMNS)


def _batches(place: Path, columns: list[str] | None = None, size: int = _ROWS) -> Iterator[pa.Table]:
    for batch in ds.dataset(place).to_batches(
        columns=columns, batch_size=size, batch_readahead=1, fragment_readahead=1
    ):
        yield pa.Table.from_batches([batch])


def _named(out: Path, source: str) -> set[Key]:
    return {key for table in _listings(out) for key in _keys(table.filter(pc.equal(table["source"], source)))}


def _select(out: Path, keys: set[Key], hashes: set[str]) -> set[Key]:
    """Those of ``keys`` that are there, those with ``hashes``, members of archives among them, and their copies."""
    found: set[Key] = set()
    archives: set[str] = set()
    while True:
        before = len(found), len(hashes)
        for table in _listings(out):
            rows = table.filter(
                pc.or_(
                    pc.or_(
                        traces.among(table, keys | found), pc.is_in(table["source"], pa.array(archives, pa.string()))
                    ),
                    pc.fill_null(pc.is_in(table["source_sha256"], pa.array(hashes, pa.string())), False),
                )
            )
            found |= _keys(rows)
            hashes = hashes | set(rows["source_sha256"].drop_null().to_pylist())
            archives |= set(rows.filter(pc.equal(rows["media_type"], "archive"))["source"].to_pylist())
        if before == (len(found), len(hashes)):
            return found


def _keys(table: pa.Table) -> set[Key]:
    return set(zip(table["source"].to_pylist(), table["member"].to_pylist(), strict=True))


def _hashes(out: Path, keys: set[Key]) -> set[str]:
    return {
        sha256
        for table in _listings(out)
        for sha256 in table.filter(traces.among(table, keys))["source_sha256"].drop_null().to_pylist()
    }


def _whole(out: Path, keys: set[Key]) -> set[str]:
    """Sources of which nothing stays."""
    sources = {source for source, _ in keys}
    for table in _listings(out):
        rows = table.filter(pc.is_in(table["source"], pa.array(sources, pa.string())))
        sources -= {source for source, member in _keys(rows) - keys}
    return sources


def _sweep(out: Path) -> None:
    """Remove what killed processes were writing."""
    for place in sorted(out.rglob(".*.tmp")):
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)


def _units(out: Path, wanted: Traces) -> int:
    """Throw away finished units with such files: a run that goes on scores them again, without what is gone then."""
    gone = [
        (where, unit) for where, unit, table in parts.listings(out) if pc.any(traces.among(table, wanted.keys)).as_py()
    ]
    for where, unit in gone:
        parts.discard(out, [unit], where)
    return len(gone)


def _tables(place: Path, wanted: Traces) -> dict[str, int]:
    """Write the tables of ``place`` anew that have such rows, and put them in their places together."""
    counts = {name: _count(place / name, wanted) for name in compact.TABLES if (place / name).is_dir()}
    thumbs = place / "thumbs.parquet"
    for name in (name for name, count in counts.items() if count):
        with compact.Table(place, name) as table:
            for rows in _kept(_batches(place / name, size=_CROPS if name == "crops" else _ROWS), wanted):
                table.add(rows.cast(compact.TABLES[name]))
    if thumbs.is_file() and (count := _count(thumbs, wanted)):
        counts["thumbs"] = count
        _rewrite(thumbs, place / ".thumbs.tmp", parts.THUMBS, wanted)
    compact.put(place)
    if (plan := place / ledger.NAME).is_file() and (count := _count(plan, wanted)):
        counts["plan"] = count
        with files.replacing(plan) as temporary:
            _rewrite(plan, temporary, pq.read_schema(plan), wanted)
    return counts


def _rewrite(path: Path, to: Path, schema: pa.Schema, wanted: Traces) -> None:
    with pq.ParquetWriter(to, schema, compression="none" if schema == parts.THUMBS else "zstd") as writer:
        for rows in _kept(_batches(path, size=_CROPS), wanted):
            writer.write_table(rows.cast(schema))


def _kept(tables: Iterable[pa.Table], wanted: Traces) -> Iterator[pa.Table]:
    return (table.filter(pc.invert(traces.among(table, wanted.keys))) for table in tables)


def _count(place: Path, wanted: Traces) -> int:
    tables = _batches(place, ["source", "member"])
    return sum(pc.sum(traces.among(table, wanted.keys)).as_py() or 0 for table in tables)


def _made(place: Path, wanted: Traces) -> list[Path]:
    """Subtitles and drawn media of such files, which `fermata subtitles` and `annotate` put there.

    They are named below the folder that all sources had in common then, maybe another one than now; what could be of
    such a file goes, as it can be drawn again.
    """
    from tasks.show import names
    from tasks.show.seen import Key as Shown

    gone = {
        names.place(Shown(source, member), str(base), "").as_posix()
        for source, member in wanted.keys
        for base in ("", *PurePosixPath(source).parents)
    }
    found = (path for kind in names.KINDS for path in sorted((place / kind).rglob("*")) if path.is_file())
    return [path for path in found if names.made_of(path.relative_to(place)) in gone]


def _retell(place: Path, wanted: Traces) -> None:
    """Say again in run.json, report.html and CSV what the tables hold now."""
    from tasks.report.score import write_score_report
    from tasks.show import csv

    run = files.read_json(place / folder.RUN)
    run["sources"] = [source for source in run.get("sources", []) if source not in wanted.whole]
    if "totals" in run:
        run["totals"] = totals.reconcile(place, totals.rows(place / "files"))
    files.write_json(place / folder.RUN, run)
    if (place / "report.html").is_file():
        write_score_report(place, (place / "thumbs.parquet").is_file())
    if any((place / f"{name}.csv").is_file() for name in csv.SCHEMAS):
        csv.write(place, place)


def _record(out: Path, counts: dict[str, int]) -> None:
    run: dict[str, Any] = files.read_json(out / folder.RUN)
    told = {"time": datetime.now(UTC).isoformat(timespec="seconds"), **counts}
    files.write_json(out / folder.RUN, run | {"forgotten": [*run.get("forgotten", []), told]})
