"""plan.parquet: what each unit of a run is made of, and where the run stands by what is finished of it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks import files
from tasks.media.entry import Entry
from tasks.schema import PLAN
from tasks.score import folder, parts, store
from tasks.score.units import Arrangement

NAME = "plan.parquet"
_ROWS = 100_000


@dataclass(frozen=True)
class Standing:
    """Where a run stands.

    Attributes:
        state: running, stopped or finished; running also after a crash.
        units, done: of the plan, and those that are finished.
        statuses: files by status, of finished units; of a part of a video, the part's.
        frames, faces: rows of finished units.
        run: run.json.
    """

    state: str
    units: int
    done: int
    statuses: dict[str, int]
    frames: int
    faces: int
    run: dict[str, Any]


def write(out: Path, arranged: Arrangement) -> None:
    """Write the plan below ``out``: a row per file or member and unit, in the order of the units; written beside."""
    with files.replacing(out / NAME) as temporary, pq.ParquetWriter(temporary, PLAN, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for unit in arranged.units:
            span = {"first": unit.part.first, "last": unit.part.last}
            rows += [_row(entry, unit=unit.id, **span) for entry in unit.entries]
            if len(rows) >= _ROWS:
                writer.write_table(pa.Table.from_pylist(rows, PLAN))
                rows = []
        rows += [_row(entry) for entry in arranged.held]
        rows += [_row(entry, duplicate_of=of) for entry, of in arranged.duplicates]
        rows += [_row(entry, status=entry.status, error=entry.error) for entry in arranged.listed]
        writer.write_table(pa.Table.from_pylist(rows, PLAN))


def read(out: str | Path) -> Standing:
    """Where the run in ``out`` stands, also while it runs; nothing is locked or changed.

    Raises:
        UsageError: no run there.
    """
    place = store.at(out)
    run = folder.need(place)
    if run.get("state") == "finished":
        totals = run["totals"]
        done = run["plan"]["units"]
        return Standing("finished", done, done, totals["by_status"], totals["frames_sampled"], totals["faces"], run)
    planned: list[str] = []
    if NAME in place.entries():
        with place.open(NAME) as stream:
            column = pq.read_table(stream, columns=["unit"])["unit"]
        planned = pc.unique(column.drop_null()).to_pylist()
    present = parts.finished(place)
    done_units = [unit for unit in planned if unit in present]
    statuses: Counter[str] = Counter()
    frames = faces = 0
    for table in parts.tables(place, done_units, "files"):
        statuses.update(table["status"].to_pylist())
        frames += pc.sum(table["frames_sampled"]).as_py() or 0
        faces += pc.sum(table["faces"]).as_py() or 0
    return Standing(run.get("state", "running"), len(planned), len(done_units), dict(statuses), frames, faces, run)


def _row(entry: Entry, **more: Any) -> dict[str, Any]:
    return {
        "source": entry.source,
        "member": entry.member,
        "source_sha256": entry.sha256,
        "media_type": entry.media_type,
        "bytes": entry.bytes,
    } | more
