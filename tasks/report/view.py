"""Everything that the score section of a page shows, gathered from a scored folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.report import charts
from tasks.report.checks import Check, compare
from tasks.report.faces import KINDS, tally
from tasks.report.failures import file_name
from tasks.report.filetable import Files, count_files
from tasks.report.frames import Frames, count_frames
from tasks.report.run import Run, read_run
from tasks.report.tables import keys, texts
from tasks.report.thumbs import Thumb, read_thumbs
from tasks.report.words import number, one_line, share
from tasks.schema import EMOTIONS, FRAME_STATUSES


@dataclass(frozen=True)
class Row:
    """One file of the table; ``counts`` are faces by kind (KINDS), None where no face was found."""

    name: str
    media: str
    status: str
    faces: int
    emotion: str
    frames: int
    seconds: float
    error: str
    counts: tuple[int, ...] | None


@dataclass(frozen=True)
class Video:
    """One video's emotions over time."""

    name: str
    faces: int
    chart: Markup


@dataclass(frozen=True)
class ScoreView:
    """The score section: ``rows`` are at most 5,000 of ``files.total``."""

    run: Run
    files: Files
    frames: Frames
    faces: int
    abstained: int
    checks: tuple[Check, ...]
    files_bar: Markup
    frames_bar: Markup
    emotions: Markup
    statuses: tuple[tuple[str, int], ...]
    videos: tuple[Video, ...]
    rows: tuple[Row, ...]
    thumbs: tuple[Thumb, ...]
    with_faces: bool


def score_view(folder: Path, faces: bool = True) -> ScoreView:
    """Read a scored folder in one pass over each table.

    Args:
        folder: with run.json and the Parquet folders files, frames and faces.
        faces: False leaves out the thumbnails.

    Raises:
        OutputError: run.json is missing, or a table cannot be read.
    """
    run = read_run(folder)
    files = count_files(folder / "files")
    videos = [str(key) for key in texts(keys(files.videos))]
    frames = count_frames(folder / "frames", videos)
    counted = tally(folder / "faces", keys(files.shown).combine_chunks(), frames.spans)
    found = int(counted.total.sum())
    names = dict(zip(videos, _names(files.videos), strict=True))
    statuses = tuple((s, frames.by_status.get(s, 0)) for s in _frame_statuses(frames))
    return ScoreView(
        run=run,
        files=files,
        frames=frames,
        faces=found,
        abstained=int(counted.total[-1]),
        checks=compare(run.totals, files, frames, found),
        files_bar=_proportions("Files by status", [(row.status, row.files) for row in files.statuses]),
        frames_bar=_proportions("Sampled frames by status", statuses),
        emotions=_emotions(counted.total),
        statuses=statuses,
        videos=tuple(
            _video(names[span.key], counts, span.end_ms)
            for span, counts in zip(frames.spans, counted.per_video, strict=True)
        ),
        rows=_rows(files, counted.per_file),
        thumbs=read_thumbs(folder / "thumbs.parquet", run.abstain_below) if faces else (),
        with_faces=faces,
    )


def dominant(counts: NDArray[np.int64]) -> str:
    """The most frequent emotion of a file, the first of equals; withheld labels count only when there is no other."""
    if counts[:-1].any():
        return EMOTIONS[int(np.argmax(counts[:-1]))]
    return KINDS[-1] if counts[-1] else ""


def _names(table: pa.Table) -> list[str]:
    sources, members = texts(table["source"]), texts(table["member"])
    return [file_name(str(source), member) for source, member in zip(sources, members, strict=True)]


def _frame_statuses(frames: Frames) -> list[str]:
    return [*FRAME_STATUSES, *sorted(set(frames.by_status) - set(FRAME_STATUSES))]


def _proportions(title: str, parts: Sequence[tuple[str, int]]) -> Markup:
    return charts.proportions(title, [charts.Part(name, n, number(n), name) for name, n in parts])


def _emotions(counts: NDArray[np.int64]) -> Markup:
    """Emotions from the most to the least frequent, withheld labels apart at the end."""
    whole = int(counts.sum())
    order = [*np.argsort(-counts[:-1], kind="stable").tolist(), len(EMOTIONS)]
    parts = [
        charts.Part(KINDS[i], int(counts[i]), f"{share(int(counts[i]), whole)} · {number(int(counts[i]))}", KINDS[i])
        for i in order
    ]
    return charts.bars("Share of faces by emotion", parts, whole=float(counts.max(initial=0)) or 1.0)


def _video(name: str, counts: NDArray[np.int64], end_ms: float) -> Video:
    chart = charts.timeline(f"Emotions over time in {name}", counts, KINDS, end_ms)
    return Video(name, int(counts.sum()), chart)


def _rows(files: Files, counts: NDArray[np.int64]) -> tuple[Row, ...]:
    table = files.shown
    columns = {name: table[name].to_pylist() for name in ("faces", "frames_sampled", "seconds")}
    errors = [
        one_line(error or (f"same content as {twin}" if twin else ""), 300)
        for error, twin in zip(texts(table["error"]), texts(table["duplicate_of"]), strict=True)
    ]
    return tuple(
        Row(name, str(media), str(status), faces, dominant(line), frames, seconds, error,
            tuple(line.tolist()) if line.any() else None)
        for name, media, status, faces, frames, seconds, error, line in zip(
            _names(table), texts(table["media_type"]), texts(table["status"]), columns["faces"],
            columns["frames_sampled"], columns["seconds"], errors, counts, strict=True,
        )
    )  # fmt: skip
