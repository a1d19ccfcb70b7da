"""Count the `frames` table: by status, failures by text, and the length of a few videos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.report.faces import Span
from tasks.report.failures import Failures
from tasks.report.tables import batches, keys, positions, total
from tasks.schema import FRAMES

MAX_BINS = 60
_COLUMNS = ("source", "member", "pts_ms", "status", "faces", "error")


@dataclass(frozen=True)
class Frames:
    """Frames sampled and the faces in them; ``spans`` has one entry per asked video that has timed frames."""

    by_status: Mapping[str, int]
    faces: int
    failures: Failures
    spans: tuple[Span, ...]

    @property
    def total(self) -> int:
        """Frames sampled."""
        return sum(self.by_status.values())


def count_frames(folder: Path, videos: Sequence[str]) -> Frames:
    """Stream ``folder`` once.

    Args:
        folder: of Parquet files with the schema FRAMES.
        videos: keys (`tables.keys`) of the videos whose length is wanted.

    Raises:
        OutputError: unreadable files.
    """
    by_status: dict[str, int] = {}
    failures = Failures()
    faces = 0
    among = pa.array(videos, pa.string())
    last, timed = np.zeros(len(videos)), np.zeros(len(videos), np.int64)
    for table in batches(folder, FRAMES, _COLUMNS):
        for item in pc.value_counts(table["status"].combine_chunks()).to_pylist():
            by_status[item["values"]] = by_status.get(item["values"], 0) + item["counts"]
        faces += int(total(table["faces"]))
        failures = failures.plus(table.filter(pc.equal(table["status"], "decode_error")))
        timeful = table.filter(table["pts_ms"].is_valid())
        rows = positions(keys(timeful), among)
        known = rows >= 0
        np.maximum.at(last, rows[known], timeful["pts_ms"].to_numpy()[known])
        timed += np.bincount(rows[known], minlength=len(videos))
    spans = (_span(key, float(end), int(n)) for key, end, n in zip(videos, last, timed, strict=True) if n)
    return Frames(by_status, faces, failures, tuple(spans))


def _span(key: str, last_ms: float, frames: int) -> Span:
    """Bins that hold the same number of evenly sampled frames each, or the columns would show a comb."""
    per_bin = -(-frames // MAX_BINS)
    bins = -(-frames // per_bin)
    step = last_ms / (frames - 1) if frames > 1 else last_ms
    return Span(key, step * per_bin * bins, bins)
