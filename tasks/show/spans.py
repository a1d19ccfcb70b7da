"""How far apart the looked-at frames of each video lie, and when the first is shown."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from tasks.report.run import Run
from tasks.report.tables import batches
from tasks.schema import FRAMES
from tasks.show.seen import Key, key, runs

FALLBACK_FPS = 25.0  # for a video of which one frame was looked at, when every n-th was


@dataclass(frozen=True)
class Span:
    """Milliseconds: ``first`` by the video's own clock, ``interval`` between two looked-at frames (the median)."""

    first: float
    interval: float


def spans(folder: Path, run: Run) -> dict[Key, Span]:
    """The span of every video; 8 bytes per frame of one video at a time, and one entry per video, are in memory.

    Args:
        folder: the Parquet files of `frames`.
        run: how frames were sampled, for videos of a single sample.

    Raises:
        OutputError: the table cannot be read.
    """
    alone = 1000 / run.fps if run.every == 0 and run.fps else 1000 * max(1, run.every) / FALLBACK_FPS
    found: dict[Key, Span] = {}
    times: list[np.ndarray] = []
    current: Key | None = None

    def close() -> None:
        if current is not None and times:
            found[current] = _span(np.concatenate(times), alone)

    for table in batches(folder, FRAMES, ("source", "member", "pts_ms", "status")):
        shown = table.filter(pc.and_(pc.is_valid(table["pts_ms"]), pc.not_equal(table["status"], "decode_error")))
        for piece in runs(shown):
            if key(piece) != current:
                close()
                current, times = key(piece), []
            times.append(piece["pts_ms"].to_numpy())
    close()
    return found


def _span(times: np.ndarray, alone: float) -> Span:
    steps = np.diff(times)
    forward = steps[steps > 0]  # the clock of joined recordings jumps back
    return Span(float(times[0]), float(np.median(forward)) if forward.size else alone)
