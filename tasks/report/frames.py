"""Count the `frames` table: by status, failures by text, and the time axis of a few videos."""

import math
from collections import Counter
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
        videos: keys (`tables.keys`) of the videos whose time axis is wanted.

    Raises:
        OutputError: unreadable files.
    """
    by_status: dict[str, int] = {}
    failures = Failures()
    faces = 0
    among = pa.array(videos, pa.string())
    first, last = np.full(len(videos), np.inf), np.full(len(videos), -np.inf)
    gaps: list[Counter[float]] = [Counter() for _ in videos]
    for table in batches(folder, FRAMES, _COLUMNS):
        for item in pc.value_counts(table["status"].combine_chunks()).to_pylist():
            by_status[item["values"]] = by_status.get(item["values"], 0) + item["counts"]
        faces += int(total(table["faces"]))
        failures = failures.plus(table.filter(pc.equal(table["status"], "decode_error")))
        timeful = table.filter(table["pts_ms"].is_valid())
        rows = positions(keys(timeful), among)
        for video in np.unique(rows[rows >= 0]).tolist():
            times = timeful["pts_ms"].to_numpy()[rows == video]
            first[video], last[video] = min(first[video], times.min()), max(last[video], times.max())
            values, counts = np.unique(np.diff(times).round(1), return_counts=True)
            gaps[video].update(dict(zip(values.tolist(), counts.tolist(), strict=True)))
    found = zip(videos, first.tolist(), last.tolist(), gaps, strict=True)
    spans = (_span(key, start, end, _median(steps)) for key, start, end, steps in found if start <= end)
    return Frames(by_status, faces, failures, tuple(spans))


def _span(key: str, first_ms: float, last_ms: float, step_ms: float) -> Span:
    """Bins that hold the same number of evenly sampled frames each, or the columns would show a comb.

    A clock that begins within a step of zero is taken to begin there: samples stand a little behind whole steps.
    """
    if not step_ms:
        return Span(key, first_ms, last_ms, 1, 0.0)
    start = 0.0 if 0 <= first_ms < step_ms else first_ms
    length = last_ms - start + step_ms
    width = step_ms * math.ceil(round(length / step_ms / MAX_BINS, 6))
    bins = math.ceil(round(length / width, 6))
    return Span(key, start, start + width * bins, bins, step_ms)


def _median(steps: Counter[float]) -> float:
    """Of milliseconds that are above zero; zero of none."""
    ordered = sorted((step, count) for step, count in steps.items() if step > 0)
    half, passed = sum(count for _, count in ordered) / 2, 0
    for step, count in ordered:
        passed += count
        if passed >= half:
            return step
    return 0.0
