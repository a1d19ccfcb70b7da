"""Count the `files` table and pick the rows that a page can show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tasks.report.failures import Failures
from tasks.report.folders import Places
from tasks.report.tables import batches, texts, total
from tasks.schema import EMOTIONS, FILE_STATUSES, FILES

MAX_ROWS = 5_000
MAX_VIDEOS = 12
FAILED = ("decode_error", "unsupported", "too_large", "refused", "timeout")
COLUMNS = (
    "source", "member", "media_type", "bytes", "status", "frames_sampled", "frames_failed", "faces", "seconds",
    "emotion", *(f"share_{emotion}" for emotion in EMOTIONS), "duplicate_of", "error",
)  # fmt: skip


@dataclass(frozen=True)
class StatusRow:
    """Sums over the files of one status. Archives count as files; their faces are counted at their members."""

    status: str
    files: int = 0
    frames: int = 0
    faces: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Files:
    """Sums over all files, and the few rows (Arrow tables with COLUMNS) that are shown one by one."""

    statuses: tuple[StatusRow, ...]
    per_folder: Mapping[str, int]
    failures: Failures
    shown: pa.Table
    videos: pa.Table

    @property
    def total(self) -> int:
        """Rows of the table: files and members of archives."""
        return sum(row.files for row in self.statuses)


def count_files(folder: Path, places: Places) -> Files:
    """Stream ``folder`` once; at most ``MAX_ROWS`` rows are kept, failures before others.

    Raises:
        OutputError: unreadable files.
    """
    statuses: dict[str, StatusRow] = {}
    failures = Failures()
    folders: Counter[str] = Counter()
    empty = pa.schema([FILES.field(name) for name in COLUMNS]).empty_table()
    bad, good, videos = empty, empty, empty
    for table in batches(folder, FILES, COLUMNS):
        statuses = _count(statuses, table)
        folders.update(places.folder(str(source)) for source in texts(table["source"]))
        failed = pc.is_in(table["status"], value_set=pa.array(FAILED))
        failures = failures.plus(table.filter(failed))
        bad = _first(bad, table.filter(failed))
        good = _first(good, table.filter(pc.invert(failed)))
        mine = pc.and_(pc.equal(table["media_type"], "video"), pc.greater(table["faces"], 0))
        videos = pa.concat_tables([videos, table.filter(mine)])
        videos = videos.sort_by([("faces", "descending"), ("source", "ascending"), ("member", "ascending")])
        videos = videos.slice(0, MAX_VIDEOS)
    # Half of the room at least is for failures, since those are what one looks for in a table too long to show.
    bad = bad.slice(0, max(MAX_ROWS // 2, MAX_ROWS - good.num_rows))
    shown = pa.concat_tables([bad, good.slice(0, MAX_ROWS - bad.num_rows)])
    shown = shown.sort_by([("source", "ascending"), ("member", "ascending")])
    return Files(_ordered(statuses), folders, failures, shown.combine_chunks(), videos.combine_chunks())


def _first(kept: pa.Table, more: pa.Table) -> pa.Table:
    room = MAX_ROWS - kept.num_rows
    return pa.concat_tables([kept, more.slice(0, room)]) if room else kept


def _count(statuses: dict[str, StatusRow], table: pa.Table) -> dict[str, StatusRow]:
    merged = dict(statuses)
    for status in pc.unique(table["status"]).to_pylist():
        rows = table.filter(pc.equal(table["status"], status))
        once = rows.filter(pc.not_equal(rows["media_type"], "archive"))
        seen = merged.get(status, StatusRow(status))
        merged[status] = replace(
            seen,
            files=seen.files + rows.num_rows,
            frames=seen.frames + int(total(once["frames_sampled"])),
            faces=seen.faces + int(total(once["faces"])),
            seconds=seen.seconds + total(once["seconds"]),
        )
    return merged


def _ordered(statuses: dict[str, StatusRow]) -> tuple[StatusRow, ...]:
    """In the order of the schema; a status that the schema does not know comes last rather than not at all."""
    order: Sequence[str] = [*FILE_STATUSES, *sorted(set(statuses) - set(FILE_STATUSES))]
    return tuple(statuses[status] for status in order if status in statuses)
