"""The tracks of the videos in which faces were longest in sight, one lane each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from tasks.report.faces import Span
from tasks.report.failures import key_name
from tasks.report.lanes import read_steps
from tasks.report.overtime import Step, axis, lane
from tasks.report.tables import batches, keys, positions, texts
from tasks.report.thumbs import pictures
from tasks.report.words import clock, plural, share
from tasks.schema import EMOTIONS, TRACKS

MAX_VIDEOS = 8
MAX_LANES = 10  # of a video
_COLUMNS = (
    "source", "member", "track", "first_ms", "last_ms", "faces", "changes", *(f"share_{e}" for e in EMOTIONS),
)  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """How much of a video's time its faces are in sight, added up over its ``tracks``."""

    key: str
    tracks: int
    ms: float


@dataclass(frozen=True)
class Sights:
    """Tracks and videos in all, and the videos with the most."""

    tracks: int
    videos: int
    most: tuple[Sight, ...]


@dataclass(frozen=True)
class Lane:
    """One track: ``shares`` (emotion, percent in words) from the largest; ``uri`` is a picture of it, or empty."""

    chart: Markup
    shares: tuple[tuple[str, str], ...]
    when: str
    changes: str
    uri: str


@dataclass(frozen=True)
class TrackedVideo:
    """One video: its ``lanes`` in the order of their appearance, and how much is left out."""

    name: str
    tracks: int
    in_sight_ms: float
    lanes: tuple[Lane, ...]
    axis: Markup
    left_out: int


def count_sights(folder: Path) -> Sights:
    """Stream the table `tracks` once. Tracks without times are counted only.

    Raises:
        OutputError: unreadable files.
    """
    found: dict[str, Sight] = {}
    for table in batches(folder, TRACKS, ("source", "member", "first_ms", "last_ms")):
        names = keys(table).combine_chunks().dictionary_encode()
        rows = names.indices.to_numpy()
        spent = pc.fill_null(pc.subtract(table["last_ms"], table["first_ms"]), 0.0).to_numpy()
        columns = np.bincount(rows).tolist(), np.bincount(rows, spent).tolist()
        for key, tracks, ms in zip(texts(names.dictionary), *columns, strict=True):
            seen = found.get(str(key), Sight(str(key), 0, 0.0))
            found[str(key)] = replace(seen, tracks=seen.tracks + tracks, ms=seen.ms + ms)
    ranked = sorted(found.values(), key=lambda item: (-item.ms, -item.tracks, item.key))
    return Sights(sum(item.tracks for item in ranked), len(ranked), tuple(ranked[:MAX_VIDEOS]))


def read_tracks(out: Path, sights: Sights, spans: Mapping[str, Span], faces: bool) -> tuple[TrackedVideo, ...]:
    """The videos of ``sights`` that have times, each with the tracks that are longest in sight.

    Args:
        out: a scored folder.
        sights: what `count_sights` found there.
        spans: the time axes of its videos.
        faces: False leaves out pictures.

    Raises:
        OutputError: unreadable files.
    """
    wanted = [sight for sight in sights.most if sight.key in spans]
    chosen = _longest(out / "tracks", [sight.key for sight in wanted])
    lanes = {(video, row["track"]): spans[wanted[video].key] for video, rows in enumerate(chosen) for row in rows}
    seen = read_steps(out, [sight.key for sight in wanted], lanes, faces)
    shown = pictures(out / "thumbs.parquet", {found.picture for found in seen.values() if found.picture is not None})
    videos = []
    for video, (sight, rows) in enumerate(zip(wanted, chosen, strict=True)):
        span, found = spans[sight.key], [seen[video, row["track"]] for row in rows]
        made = tuple(
            _lane(row, one.steps, span, "" if one.picture is None else shown.get(one.picture, ""))
            for row, one in zip(rows, found, strict=True)
        )
        times = axis(span.start_ms, span.end_ms)
        videos.append(TrackedVideo(key_name(sight.key), sight.tracks, sight.ms, made, times, sight.tracks - len(made)))
    return tuple(videos)


def _longest(folder: Path, videos: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Rows of each video's tracks with times that are longest in sight, in the order of their appearance."""
    among = pa.array(videos, pa.string())
    kept = [TRACKS.empty_table().select(_COLUMNS) for _ in videos]
    for table in batches(folder, TRACKS, _COLUMNS):
        rows = positions(keys(table), among)
        for video in np.unique(rows[rows >= 0]):
            mine = table.filter(pa.array(rows == video)).filter(pc.field("first_ms").is_valid())
            both = pa.concat_tables([kept[video], mine])
            length = pc.subtract(both["last_ms"], both["first_ms"])
            order = pc.sort_indices(
                both.append_column("ms", length),
                sort_keys=[("ms", "descending"), ("faces", "descending"), ("track", "ascending")],
            )
            kept[video] = both.take(order[:MAX_LANES])
    return [table.sort_by([("first_ms", "ascending"), ("track", "ascending")]).to_pylist() for table in kept]


def _lane(row: Mapping[str, Any], steps: Sequence[Step], span: Span, uri: str) -> Lane:
    shares = sorted(((e, float(row[f"share_{e}"] or 0)) for e in EMOTIONS), key=lambda item: -item[1])
    first, last = float(row["first_ms"]), float(row["last_ms"])
    when = clock(first) if first == last else f"{clock(first)} to {clock(last)}"
    return Lane(
        lane(f"Track {row['track']}", steps, span.start_ms, span.end_ms),
        tuple((emotion, share(part, 1, 0)) for emotion, part in shares if part),
        when,
        plural(int(row["changes"]), "change"),
        uri,
    )
