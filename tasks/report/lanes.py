"""What the faces of a few tracks showed when, and which thumbnails show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.report.faces import Span
from tasks.report.overtime import Step
from tasks.report.tables import batches, keys, positions
from tasks.report.thumbs import Place, index
from tasks.schema import EMOTIONS, FACES

Key = tuple[int, int]  # number of a video, number of a track in it
_COLUMNS = ("source", "member", "frame", "pts_ms", "face", "track", "emotion_smoothed")


@dataclass(frozen=True)
class Shown:
    """The steps of one track, and the row in thumbs.parquet of the surest picture of it."""

    steps: tuple[Step, ...]
    picture: int | None


def read_steps(out: Path, videos: Sequence[str], lanes: Mapping[Key, Span], faces: bool) -> dict[Key, Shown]:
    """Stream the table `faces` once; memory depends on how often the emotions of ``lanes`` change.

    Args:
        out: a scored folder.
        videos: keys (`tables.keys`), by number.
        lanes: the tracks that are wanted, each with the time axis of its video.
        faces: whether to look for pictures.

    Raises:
        OutputError: unreadable files.
    """
    if not lanes:
        return {}
    among = pa.array(videos, pa.string())
    thumbs = index(out / "thumbs.parquet" if faces else None, among)
    times = {key: [np.zeros(0)] for key in lanes}
    labels = {key: [np.zeros(0, np.int64)] for key in lanes}
    last = dict.fromkeys(lanes, -np.inf)
    best: dict[Key, Place] = {}
    for table in batches(out / "faces", FACES, _COLUMNS):
        rows = positions(keys(table), among)
        timed = table["pts_ms"].is_valid().to_numpy() & table["track"].is_valid().to_numpy()
        for video in np.unique(rows[timed & (rows >= 0)]).tolist():
            mine = table.filter(pa.array(timed & (rows == video)))
            numbers = mine["track"].to_numpy()
            words = positions(mine["emotion_smoothed"], pa.array(EMOTIONS))
            for key in [key for key in lanes if key[0] == video]:
                own = np.flatnonzero((numbers == key[1]) & (words >= 0))
                at = mine["pts_ms"].to_numpy()[own]
                steps = _changes(at, words[own])
                times[key].append(steps[0])
                labels[key].append(steps[1])
                last[key] = max(last[key], float(at.max(initial=-np.inf)))
            for number, thumb in _pictured(mine, thumbs[video]):
                best[video, number] = max(thumb, best.get((video, number), thumb))
    return {
        key: Shown(
            _steps(np.concatenate(times[key]), np.concatenate(labels[key]), last[key] + span.step_ms),
            best[key].row if key in best else None,
        )
        for key, span in lanes.items()
    }


def _pictured(faces: pa.Table, thumbs: Mapping[tuple[int, int], Place]) -> Iterator[tuple[int, Place]]:
    """Track and thumbnail of the faces that have one."""
    frames = np.array([frame for frame, _ in thumbs], np.int64)
    few = faces.filter(pa.array(np.isin(faces["frame"].to_numpy(), frames)))
    for track, *place in zip(*(few[name].to_pylist() for name in ("track", "frame", "face")), strict=True):
        if (thumb := thumbs.get((place[0], place[1]))) is not None:
            yield track, thumb


def _changes(times: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Where the label is another one than before: the samples between say nothing more."""
    order = np.argsort(times, kind="stable")
    times, labels = times[order], labels[order]
    new = np.flatnonzero(np.diff(labels, prepend=-1))
    return times[new], labels[new]


def _steps(times: NDArray[np.float64], labels: NDArray[np.int64], end_ms: float) -> tuple[Step, ...]:
    """Each label stands until the next one."""
    times, labels = _changes(times, labels)
    ends = [*times[1:].tolist(), end_ms]
    return tuple(
        Step(start, end, EMOTIONS[label])
        for start, end, label in zip(times.tolist(), ends[: len(times)], labels.tolist(), strict=True)
    )
