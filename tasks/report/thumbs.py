"""Thumbnails: a few per label, spread evenly over the run, for the contact sheet; and those of single faces."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.errors import OutputError
from tasks.report.failures import file_name
from tasks.report.tables import keys, positions, texts
from tasks.report.words import clock
from tasks.schema import ABSTENTIONS, EMOTIONS

PER_KIND = 36
KINDS = (*EMOTIONS, *ABSTENTIONS)
MAX_BYTES = 1_500_000  # of encoded pictures on one page


@dataclass(frozen=True)
class Thumb:
    """One scored face; ``uri`` holds the picture, ``place`` says where it was found.

    ``kind`` is its emotion or, without a label, why it has none: `schema.ABSTENTIONS`, then ``abstained``.
    """

    kind: str
    confidence: float
    abstained: bool
    place: str
    uri: str


class Place(NamedTuple):
    """One thumbnail: how sure its label is, and its row in thumbs.parquet. The surest one is the largest."""

    confidence: float
    row: int


def read_thumbs(path: Path, abstain_below: float) -> tuple[Thumb, ...]:
    """At most ``PER_KIND`` faces per emotion and per reason for having none, by falling confidence.

    Args:
        path: thumbs.parquet; without it there are none.
        abstain_below: confidence 0..1 under which a label was withheld, for files of version 2, which don't say it.

    Raises:
        OutputError: a file that is not Parquet or lacks a column.
    """
    if not path.is_file():
        return ()
    with _opened(path) as file:
        kinds = _kinds(file, abstain_below)
        rows = _in_turn(_rows(file, kinds, _spread(kinds)))
    found, used = [], 0
    for row in rows:
        used += len(row.uri)
        if used > MAX_BYTES:
            break
        found.append(row)
    return tuple(sorted(found, key=lambda item: (KINDS.index(item.kind), -item.confidence)))


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


def _kinds(file: pq.ParquetFile, abstain_below: float) -> np.ndarray:
    """The kind of each row."""
    told = "abstained_because" in file.schema_arrow.names
    table = file.read(columns=["emotion", "abstained_because"] if told else ["emotion", "confidence"])
    emotions = table["emotion"]
    if told:
        return np.asarray(pc.coalesce(table["abstained_because"], emotions).to_numpy())
    unsure = table["confidence"].to_numpy() < abstain_below
    return np.where(unsure, "unsure", emotions.to_numpy())


def _spread(kinds: np.ndarray) -> set[int]:
    """Row numbers, evenly spaced among those of each kind."""
    picked: set[int] = set()
    for kind in KINDS:
        rows = np.flatnonzero(kinds == kind)
        steps = np.linspace(0, rows.size - 1, min(PER_KIND, rows.size)).astype(int)
        picked.update(rows[steps].tolist())
    return picked


def _rows(file: pq.ParquetFile, kinds: np.ndarray, wanted: set[int]) -> Iterator[Thumb]:
    table = _taken(file, wanted, ["source", "member", "pts_ms", "confidence", "jpeg"])
    names = zip(texts(table["source"]), texts(table["member"]), strict=True)
    own = kinds[sorted(wanted)].tolist()
    rows = table.drop_columns(["source", "member"]).to_pylist()
    for kind, (source, member), row in zip(own, names, rows, strict=True):
        at = f" at {clock(row['pts_ms'])}" if row["pts_ms"] is not None else ""
        place = file_name(str(source), member) + at
        yield Thumb(kind, row["confidence"], kind in ABSTENTIONS, place, data_uri(row["jpeg"]))


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
    """In an order that takes turns between kinds, so that a page that fills up misses none of them."""
    found: dict[str, list[Thumb]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return [
        items[turn] for turn in range(PER_KIND) for _, items in sorted(found.items()) if turn < len(items)
    ]  # fmt: skip


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, KeyError, OSError) as error:
        raise OutputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from None
