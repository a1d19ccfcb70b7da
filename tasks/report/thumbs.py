"""Thumbnails: a few per emotion, spread evenly over the run, for the contact sheet; and those of single faces."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import OutputError
from tasks.report.failures import file_name
from tasks.report.tables import keys, positions, texts
from tasks.report.words import clock
from tasks.schema import EMOTIONS

PER_EMOTION = 36
MAX_BYTES = 1_500_000  # of encoded pictures on one page


@dataclass(frozen=True)
class Thumb:
    """One scored face; ``uri`` holds the picture, ``place`` says where it was found."""

    emotion: str
    confidence: float
    abstained: bool
    place: str
    uri: str


class Place(NamedTuple):
    """One thumbnail: how sure its label is, and its row in thumbs.parquet. The surest one is the largest."""

    confidence: float
    row: int


def read_thumbs(path: Path, abstain_below: float) -> tuple[Thumb, ...]:
    """At most ``PER_EMOTION`` faces per emotion, by emotion and falling confidence; none without the file.

    Args:
        path: thumbs.parquet.
        abstain_below: confidence 0..1 under which a label was withheld.

    Raises:
        OutputError: a file that is not Parquet or lacks a column.
    """
    if not path.is_file():
        return ()
    with _opened(path) as file:
        emotions = file.read(columns=["emotion"])["emotion"].to_numpy()
        rows = _in_turn(_rows(file, _spread(emotions)))
    found, used = [], 0
    for row in rows:
        used += len(row.uri)
        if used > MAX_BYTES:
            break
        found.append(replace(row, abstained=row.confidence < abstain_below))
    return tuple(sorted(found, key=lambda item: (item.emotion, -item.confidence)))


def index(path: Path | None, videos: pa.Array) -> list[dict[tuple[int, int], Place]]:
    """Where in thumbs.parquet the faces of some videos are: by frame and number of the face, one dict per video.

    Args:
        path: thumbs.parquet, which may be missing; None: no pictures are wanted.
        videos: keys (`tables.keys`).

    Raises:
        OutputError: a file that is not Parquet or lacks a column.
    """
    found: list[dict[tuple[int, int], Place]] = [{} for _ in videos]
    if path is None or not path.is_file():
        return found
    with _opened(path) as file:
        table = file.read(columns=["source", "member", "frame", "face", "confidence"])
    rows = positions(keys(table), videos)
    mine = np.flatnonzero(rows >= 0)
    few = table.take(pa.array(mine)).select(["frame", "face", "confidence"]).to_pylist()
    for number, video, row in zip(mine.tolist(), rows[mine].tolist(), few, strict=True):
        found[video][row["frame"], row["face"]] = Place(row["confidence"], number)
    return found


def pictures(path: Path, wanted: set[int]) -> dict[int, str]:
    """The pictures in some rows of thumbs.parquet, for the ``src`` of an image.

    Raises:
        OutputError: a file that is not Parquet or lacks a column.
    """
    if not wanted:
        return {}
    with _opened(path) as file:
        return dict(zip(sorted(wanted), map(data_uri, _taken(file, wanted, ["jpeg"])["jpeg"].to_pylist()), strict=True))


def data_uri(picture: bytes) -> str:
    """PNG or JPEG bytes for the ``src`` of an image."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def _spread(emotions: np.ndarray) -> set[int]:
    """Row numbers, evenly spaced among those of each emotion."""
    picked: set[int] = set()
    for emotion in EMOTIONS:
        rows = np.flatnonzero(emotions == emotion)
        steps = np.linspace(0, rows.size - 1, min(PER_EMOTION, rows.size)).astype(int)
        picked.update(rows[steps].tolist())
    return picked


def _rows(file: pq.ParquetFile, wanted: set[int]) -> Iterator[Thumb]:
    table = _taken(file, wanted, ["source", "member", "pts_ms", "emotion", "confidence", "jpeg"])
    names = zip(texts(table["source"]), texts(table["member"]), strict=True)
    for (source, member), row in zip(names, table.drop_columns(["source", "member"]).to_pylist(), strict=True):
        at = f" at {clock(row['pts_ms'])}" if row["pts_ms"] is not None else ""
        place = file_name(str(source), member) + at
        yield Thumb(row["emotion"], row["confidence"], False, place, data_uri(row["jpeg"]))


def _taken(file: pq.ParquetFile, wanted: set[int], columns: list[str]) -> pa.Table:
    """The rows with these numbers, in their order, with a part of the file in memory at a time."""
    found, start = [file.schema_arrow.empty_table().select(columns)], 0
    for batch in file.iter_batches(batch_size=1024, columns=columns):
        numbers = [n - start for n in sorted(wanted) if start <= n < start + batch.num_rows]
        start += batch.num_rows
        if numbers:
            found.append(pa.Table.from_batches([batch]).select(columns).take(pa.array(numbers, pa.int64())))
    return pa.concat_tables(found)


def _in_turn(rows: Iterable[Thumb]) -> list[Thumb]:
    """In an order that takes turns between emotions, so that a page that fills up misses none of them."""
    found: dict[str, list[Thumb]] = {}
    for row in rows:
        found.setdefault(row.emotion, []).append(row)
    return [
        items[turn] for turn in range(PER_EMOTION) for _, items in sorted(found.items()) if turn < len(items)
    ]  # fmt: skip


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, KeyError, OSError) as error:
        raise OutputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from None
