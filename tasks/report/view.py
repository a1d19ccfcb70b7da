"""Everything that the score section of a page shows, gathered from a scored folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.report import charts
from tasks.report.checks import Check, compare
from tasks.report.faces import KINDS, Span, tally
from tasks.report.failures import file_name, key_name
from tasks.report.filetable import Files, count_files
from tasks.report.folders import Folder, Places, largest
from tasks.report.frames import Frames, count_frames
from tasks.report.judged import Judged, judged
from tasks.report.labels import Labels, labels
from tasks.report.overtime import timeline
from tasks.report.priors import Prior, told
from tasks.report.run import Run, read_run
from tasks.report.tables import keys, texts
from tasks.report.thumbs import Thumb, read_thumbs
from tasks.report.tracks import Sights, TrackedVideo, count_sights, read_tracks
from tasks.report.words import named, number, one_line, share
from tasks.schema import ABSTENTIONS, EMOTIONS, FRAME_STATUSES


@dataclass(frozen=True)
class Row:
    """One file of the table; ``emotion`` is that with the largest of its ``shares`` (0..1, in the order of EMOTIONS).

    Shares are of the time that faces were in sight in a video, of the faces of a picture; faces without a label don't
    count. Where none has one, ``emotion`` is `abstained` and there are no shares.
    """

    name: str
    media: str
    status: str
    faces: int
    emotion: str
    frames: int
    seconds: float
    error: str
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Video:
    """One video's emotions over time."""

    name: str
    faces: int
    chart: Markup


@dataclass(frozen=True)
class FolderRow:
    """What was seen in one top-level folder."""

    name: str
    files: int
    faces: int
    most: str
    bar: Markup


@dataclass(frozen=True)
class ScoreView:
    """The score section: ``rows`` are at most 5,000 of ``files.total``, ``folders`` a few of ``folders_total``.

    ``root`` is what the names of all files begin with.
    """

    run: Run
    root: str
    files: Files
    frames: Frames
    faces: int
    labels: Labels
    prior: Prior
    judged: Judged
    checks: tuple[Check, ...]
    files_bar: Markup
    frames_bar: Markup
    emotions: Markup
    statuses: tuple[tuple[str, int], ...]
    folders: tuple[FolderRow, ...]
    folders_total: int
    videos: tuple[Video, ...]
    sights: Sights
    tracked: tuple[TrackedVideo, ...]
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
    places = Places(run.sources)
    files = count_files(folder / "files", places)
    sights = count_sights(folder / "tracks")
    videos = [str(key) for key in texts(keys(files.videos))]
    frames = count_frames(folder / "frames", list(dict.fromkeys([*videos, *(sight.key for sight in sights.most)])))
    spans = {span.key: span for span in frames.spans}
    shown = [spans[key] for key in videos if key in spans]
    counted = tally(folder / "faces", places, shown)
    by_kind = dict(zip(KINDS, counted.total.tolist(), strict=True))
    reasons = dict(zip(ABSTENTIONS, counted.reasons.tolist(), strict=True))
    statuses = tuple((s, frames.by_status.get(s, 0)) for s in _frame_statuses(frames))
    return ScoreView(
        run=run,
        root=places.root,
        files=files,
        frames=frames,
        faces=sum(by_kind.values()),
        labels=labels(run, sum(by_kind.values()), reasons, counted.sizes),
        prior=told(run.prior),
        judged=judged(run.model, run.abstain_below),
        checks=compare(run.totals, files, frames, by_kind, reasons, sights.tracks),
        files_bar=_proportions("Files by status", [(row.status, row.files) for row in files.statuses]),
        frames_bar=_proportions("Sampled frames by status", statuses),
        emotions=_emotions(counted.total),
        statuses=statuses,
        folders=tuple(map(_folder, largest(files.per_folder, counted.per_folder))),
        folders_total=len(files.per_folder),
        videos=tuple(_video(span, counts) for span, counts in zip(shown, counted.per_video, strict=True)),
        sights=sights,
        tracked=read_tracks(folder, sights, spans, faces),
        rows=_rows(files),
        thumbs=read_thumbs(folder / "thumbs.parquet", run.abstain_below) if faces else (),
        with_faces=faces,
    )


def _names(table: pa.Table) -> list[str]:
    sources, members = texts(table["source"]), texts(table["member"])
    return [file_name(str(source), member) for source, member in zip(sources, members, strict=True)]


def _frame_statuses(frames: Frames) -> list[str]:
    return [*FRAME_STATUSES, *sorted(set(frames.by_status) - set(FRAME_STATUSES))]


def _proportions(title: str, parts: Sequence[tuple[str, int]]) -> Markup:
    return charts.proportions(title, [charts.Part(name, n, number(n), name) for name, n in parts])


def _emotions(counts: NDArray[np.int64]) -> Markup:
    """Emotions from the most to the least frequent, faces without a label apart at the end."""
    whole = int(counts.sum())
    order = [*np.argsort(-counts[:-1], kind="stable").tolist(), len(EMOTIONS)]
    parts = [
        charts.Part(
            named(KINDS[i]), int(counts[i]), f"{share(int(counts[i]), whole)} · {number(int(counts[i]))}", KINDS[i]
        )
        for i in order
    ]
    return charts.bars("Share of faces by emotion", parts, whole=float(counts.max(initial=0)) or 1.0)


def _folder(folder: Folder) -> FolderRow:
    counts = dict(zip(KINDS, folder.faces.tolist(), strict=True))
    whole = sum(counts.values())
    parts = [charts.Part(named(kind), n, share(n, whole), kind) for kind, n in counts.items() if n]
    best = max(EMOTIONS, key=counts.__getitem__)
    most = f"{best} {share(counts[best], whole)}" if counts[best] else ""
    name = one_line(folder.name)
    return FolderRow(name, folder.files, whole, most, charts.proportions(f"Faces in {name}", parts))


def _video(span: Span, counts: NDArray[np.int64]) -> Video:
    name = key_name(span.key)
    chart = timeline(f"Emotions over time in {name}", counts, KINDS, span.start_ms, span.end_ms)
    return Video(name, int(counts.sum()), chart)


def _rows(files: Files) -> tuple[Row, ...]:
    table = files.shown
    columns = {name: table[name].to_pylist() for name in ("faces", "frames_sampled", "seconds")}
    errors = [
        one_line(error or (f"same content as {twin}" if twin else ""), 300)
        for error, twin in zip(texts(table["error"]), texts(table["duplicate_of"]), strict=True)
    ]
    shares = zip(*(pc.fill_null(table[f"share_{emotion}"], 0.0).to_pylist() for emotion in EMOTIONS), strict=True)
    emotions = [
        emotion or (KINDS[-1] if faces else "")
        for emotion, faces in zip(texts(table["emotion"]), columns["faces"], strict=True)
    ]
    return tuple(
        Row(name, str(media), str(status), faces, emotion, frames, seconds, error, parts)
        for name, media, status, faces, emotion, frames, seconds, error, parts in zip(
            _names(table), texts(table["media_type"]), texts(table["status"]), columns["faces"], emotions,
            columns["frames_sampled"], columns["seconds"], errors, shares, strict=True,
        )
    )  # fmt: skip
