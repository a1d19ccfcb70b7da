"""The tables of a run with another model's labels, from its crops' probabilities; the run's own are not touched."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.errors import ReconcileError
from tasks.schema import FACES, FILES, FRAMES
from tasks.score import flips, follow, label
from tasks.score.abstain import Rule
from tasks.score.compact import Table, put
from tasks.score.cursor import Cursor
from tasks.score.reprior import Model
from tasks.score.shares import each, shares
from tasks.score.thumbs import Thumbs

FACES_AT_ONCE: Final = 16_384  # of pictures; of a video all are needed
_FILES: Final = 16_384
_SEEN: Final = pa.schema([FRAMES.field(name) for name in ("source", "member", "frame", "pts_ms", "status")])


@dataclass(frozen=True)
class Label:
    """What new labels are made with."""

    model_version: str
    run_id: str
    rule: Rule
    model: Model


def rewrite(
    out: Path, to: Path, answer: Callable[[pa.Table], label.Probabilities], new: Label, tick: Callable[[int], None]
) -> npt.NDArray[np.int64]:
    """Write faces/, frames/, files/, tracks/ and thumbs.parquet of the run ``out`` into ``to``, labelled anew.

    Memory holds the faces of one video, or some thousand of pictures. Frames are the same, and linked where the disk
    can.

    Args:
        answer: what is said of rows of FACES, as `label.columns` takes it; asked in their order.
        tick: is told how many faces more are written.

    Returns:
        (8, 8) `flips.counts`.

    Raises:
        OutputError, ReconcileError: tables that don't fit together.
    """
    faces, frames = Cursor(out / "faces", FACES), Cursor(out / "frames", _SEEN)
    counts = np.zeros((len(flips.SAID), len(flips.SAID)), np.int64)
    thumbs = Thumbs(out / "thumbs.parquet")
    with ExitStack() as stack:
        written = {name: stack.enter_context(Table(to, name)) for name in ("faces", "files", "tracks")}
        for rows in _portions(out):
            count = pc.sum(rows["faces"]).as_py()
            before, seen = faces.take(count), frames.take(pc.sum(rows["frames_sampled"]).as_py())
            _same(out, before, rows)
            after = label.labelled(
                before,
                answer(before),
                new.rule,
                label.qualities(before, new.model.detector, new.model.quality),
                model_version=new.model_version,
                run_id=new.run_id,
            )
            if _followed(rows):
                stands = follow.weights(after, seen)
                after = follow.smoothed(after)
                written["tracks"].add(follow.tracks(after, stands))
                columns = {name: pa.array([value]) for name, value in shares(after, stands).items()}
            else:
                columns = each(after, _owners(rows), len(rows))
            counts += flips.counts(before, after)
            thumbs.see(after)
            written["faces"].add(after)
            written["files"].add(_with(rows, columns))
            tick(count)
    thumbs.write(to / ".thumbs.tmp")
    (to / ".frames.tmp").mkdir()
    for file in sorted((out / "frames").glob("*.parquet")):
        _link(file, to / ".frames.tmp" / file.name)
    put(to)
    return counts


def _portions(out: Path) -> Iterator[pa.Table]:
    """The rows of `files` in their order: a video with faces alone, others together."""
    for path in sorted((out / "files").glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_FILES):
                table = pa.Table.from_batches([batch]).cast(FILES)
                faces = table["faces"].to_numpy()
                videos = (pc.equal(table["media_type"], "video").to_numpy()) & (faces > 0)
                start, held = 0, 0
                for number in range(len(table)):
                    if start < number and (videos[number] or videos[number - 1] or held >= FACES_AT_ONCE):
                        yield table.slice(start, number - start)
                        start, held = number, 0
                    held += int(faces[number])
                if start < len(table):
                    yield table.slice(start)


def _followed(rows: pa.Table) -> bool:
    return len(rows) == 1 and rows["media_type"][0].as_py() == "video" and rows["faces"][0].as_py() > 0


def _owners(rows: pa.Table) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(rows)), rows["faces"].to_numpy())


def _same(out: Path, faces: pa.Table, rows: pa.Table) -> None:
    """Make sure that ``faces`` are those of the files ``rows``."""
    owners = pa.array(_owners(rows))
    for name in ("source", "member"):
        if not faces[name].combine_chunks().equals(rows[name].combine_chunks().take(owners)):
            raise ReconcileError(f"'{out}': faces/ and files/ are not in the same order. Score again with --overwrite")


def _with(rows: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    return pa.table([columns.get(name, rows[name]) for name in FILES.names], names=FILES.names).cast(FILES)


def _link(file: Path, to: Path) -> None:
    try:
        os.link(file, to)
    except OSError:  # a disk that has no links, or another disk
        shutil.copyfile(file, to)


class Taken:
    """Rows of arrays that come one after the other, as many as are wanted at a time."""

    def __init__(self, arrays: Iterator[label.Probabilities]) -> None:
        self._arrays = arrays
        self._held: label.Probabilities | None = None

    def take(self, count: int, width: int) -> label.Probabilities:
        """The next (count, width)."""
        pieces = [np.empty((0, width), np.float32) if self._held is None else self._held]
        rows = len(pieces[0])
        while rows < count:
            piece = next(self._arrays)
            pieces.append(piece)
            rows += len(piece)
        whole = np.concatenate(pieces)
        self._held = whole[count:]
        return whole[:count]
