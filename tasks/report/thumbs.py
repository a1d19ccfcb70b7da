"""The contact sheet: a few thumbnails per emotion, spread evenly over the run."""

import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import OutputError
from tasks.report.failures import file_name
from tasks.report.tables import texts
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
    try:
        with pq.ParquetFile(path) as file:
            emotions = file.read(columns=["emotion"])["emotion"].to_numpy()
            rows = _read_rows(file, _spread(emotions))
    except (pa.ArrowException, KeyError, OSError) as error:
        raise OutputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from None
    found, used = [], 0
    for row in rows:
        used += len(row.uri)
        if used > MAX_BYTES:
            break
        found.append(Thumb(row.emotion, row.confidence, row.confidence < abstain_below, row.place, row.uri))
    return tuple(sorted(found, key=lambda item: (item.emotion, -item.confidence)))


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


def _read_rows(file: pq.ParquetFile, wanted: set[int]) -> list[Thumb]:
    """In an order that takes turns between emotions, so that a page that fills up misses none of them."""
    found: dict[str, list[Thumb]] = {}
    start = 0
    for batch in file.iter_batches(batch_size=1024):
        numbers = [n - start for n in sorted(wanted) if start <= n < start + batch.num_rows]
        start += batch.num_rows
        table = pa.Table.from_batches([batch]).take(pa.array(numbers, pa.int64()))
        names = zip(texts(table["source"]), texts(table["member"]), strict=True)
        rows = table.select(["pts_ms", "face", "emotion", "confidence", "jpeg"]).to_pylist()
        for (source, member), row in zip(names, rows, strict=True):
            place = file_name(str(source), member) + (
                f" at {clock(row['pts_ms'])}" if row["pts_ms"] is not None else ""
            )
            thumb = Thumb(row["emotion"], row["confidence"], False, place, data_uri(row["jpeg"]))
            found.setdefault(thumb.emotion, []).append(thumb)
    return [
        items[turn] for turn in range(PER_EMOTION) for _, items in sorted(found.items()) if turn < len(items)
    ]  # fmt: skip
