"""The faces of one medium after the other, as columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.report.tables import batches, keys
from tasks.schema import EMOTIONS, FACES

_COLUMNS: Final = (
    "source", "member", "source_sha256", "media_type", "pts_ms", "face", "track", "x", "y", "w", "h", "emotion",
    "emotion_smoothed", "abstained", *(f"p_{emotion}" for emotion in EMOTIONS),
)  # fmt: skip


class Key(NamedTuple):
    """Which file or member of an archive."""

    source: str
    member: str | None

    def __str__(self) -> str:
        return self.source if self.member is None else f"{self.source}::{self.member}"


@dataclass(frozen=True)
class Faces:
    """n faces of one video or picture, by track and then by time; 38 bytes each.

    Args:
        media_type: ``video`` or ``image``.
        sha256: of the medium when it was scored.
        track: (n,) track numbers; in pictures, which have none, the numbers of the faces.
        ms: (n,) milliseconds by the video's own clock; 0 in pictures.
        box: (n, 4) x, y, w, h in pixels of the upright picture.
        emotion: (n,) index in EMOTIONS, smoothed along the track in videos.
        probability: (n,) what the network gave that emotion in this very frame, 0..1.
        abstained: (n,) whether the face has no label there, for whatever reason.
    """

    media_type: str
    sha256: str
    track: npt.NDArray[np.int64]
    ms: npt.NDArray[np.float64]
    box: npt.NDArray[np.float32]
    emotion: npt.NDArray[np.int8]
    probability: npt.NDArray[np.float32]
    abstained: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.track)

    def tracks(self) -> Iterator[tuple[int, slice]]:
        """Each track's number and its rows."""
        edges = np.flatnonzero(np.diff(self.track)) + 1
        bounds = [0, *edges.tolist(), len(self)] if len(self) else []
        return ((int(self.track[start]), slice(start, stop)) for start, stop in pairwise(bounds))


def media(folder: Path, kind: str | None = None) -> Iterator[tuple[Key, Faces]]:
    """Each medium that has faces, in the order of the table; memory holds one medium's and one batch.

    Args:
        folder: the Parquet files of `faces`; the rows of a medium follow each other there.
        kind: only media of this type.

    Raises:
        OutputError: the table cannot be read.
    """
    pieces: list[pa.Table] = []
    for table in batches(folder, FACES, _COLUMNS):
        chosen = table if kind is None else table.filter(pc.equal(table["media_type"], kind))
        for piece in runs(chosen):
            if pieces and key(pieces[0]) != key(piece):
                yield key(pieces[0]), _faces(pa.concat_tables(pieces))
                pieces = []
            pieces.append(piece)
    if pieces:
        yield key(pieces[0]), _faces(pa.concat_tables(pieces))


def runs(table: pa.Table) -> Iterator[pa.Table]:
    """Cut a table with ``source`` and ``member`` where the medium changes."""
    if not len(table):
        return
    texts = keys(table).combine_chunks()
    edges = np.flatnonzero(pc.not_equal(texts[1:], texts[:-1]).to_numpy(zero_copy_only=False)) + 1
    for start, stop in pairwise([0, *edges.tolist(), len(table)]):
        yield table.slice(start, stop - start)


def key(table: pa.Table) -> Key:
    """The medium of the first row."""
    return Key(table["source"][0].as_py(), table["member"][0].as_py())


def _faces(table: pa.Table) -> Faces:
    track = pc.coalesce(table["track"], table["face"]).to_numpy().astype(np.int64)
    ms = pc.fill_null(table["pts_ms"], 0.0).to_numpy()
    names = pc.coalesce(table["emotion_smoothed"], table["emotion"])
    emotion = pc.index_in(names, value_set=pa.array(EMOTIONS)).to_numpy()
    columns = np.stack([table[f"p_{emotion}"].to_numpy() for emotion in EMOTIONS])
    box = np.stack([table[name].to_numpy() for name in "xywh"], axis=1)
    order = np.lexsort((ms, track))
    given = columns[emotion, np.arange(len(table))]
    kind, sha256 = table["media_type"][0].as_py(), table["source_sha256"][0].as_py()
    without = pc.fill_null(table["abstained"], False).to_numpy()
    return Faces(
        kind, sha256, track[order], ms[order], box[order], emotion.astype(np.int8)[order], given[order], without[order]
    )  # fmt: skip
