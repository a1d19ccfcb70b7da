"""Count emotions over the `faces` table: in all, by size, per top-level folder and over the time of a few videos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.errors import OutputError
from tasks.report.folders import Places
from tasks.report.sizes import Sizes
from tasks.report.tables import batches, keys, positions, texts
from tasks.schema import ABSTENTIONS, EMOTIONS, FACES

KINDS = (*EMOTIONS, "abstained")  # the last axis of every count here
_COLUMNS = ("source", "member", "pts_ms", "emotion", "abstained", "abstained_because", "size", "quality")
_UNSURE = ABSTENTIONS.index("unsure")


@dataclass(frozen=True)
class Span:
    """The time axis of one video, by its own clock: ``key`` as of `tables.keys`, and how many ``bins`` it is cut into.

    ``step_ms`` is the median time between two sampled frames, 0 where there is one only.
    """

    key: str
    start_ms: float
    end_ms: float
    bins: int
    step_ms: float


@dataclass(frozen=True)
class Tally:
    """Counts of faces by kind: shape (8,), the same per folder, and one (bins, 8) per video.

    ``reasons`` (6,) are the faces without a label by `schema.ABSTENTIONS`; ``sizes`` all faces by their size.
    """

    total: NDArray[np.int64]
    reasons: NDArray[np.int64]
    sizes: Sizes
    per_folder: Mapping[str, NDArray[np.int64]]
    per_video: tuple[NDArray[np.int64], ...]


def tally(folder: Path, places: Places, spans: Sequence[Span]) -> Tally:
    """Stream ``folder`` once; memory depends on the folders and ``spans``, not on the number of faces.

    Args:
        folder: of Parquet files with the schema FACES.
        places: which folder a file counts for.
        spans: videos to count over time.

    Raises:
        OutputError: unreadable files, or an emotion or a reason that the schema doesn't know.
    """
    width = len(KINDS)
    reasons, sizes = np.zeros(len(ABSTENTIONS), np.int64), Sizes.none(width)
    whole = np.zeros(width, np.int64)
    per_folder: dict[str, NDArray[np.int64]] = {}
    per_video = [np.zeros(span.bins * width, np.int64) for span in spans]
    videos = pa.array([span.key for span in spans], pa.string())
    for table in batches(folder, FACES, _COLUMNS):
        kinds = _kinds(folder, table)
        whole += np.bincount(kinds, minlength=width)
        reasons += _reasons(folder, table, kinds)
        sizes += Sizes.of(table["size"].to_numpy(), table["quality"], kinds, width)
        _add(per_folder, places, table["source"], kinds)
        rows = positions(keys(table), videos)
        for index in np.unique(rows[rows >= 0]):
            mine = table["pts_ms"].is_valid().to_numpy() & (rows == index)
            bins = _bins(table["pts_ms"].to_numpy()[mine], spans[index])
            per_video[index] += np.bincount(bins * width + kinds[mine], minlength=per_video[index].size)
    return Tally(whole, reasons, sizes, per_folder, tuple(counts.reshape(-1, width) for counts in per_video))


def _add(
    counts: dict[str, NDArray[np.int64]], places: Places, sources: pa.ChunkedArray, kinds: NDArray[np.int64]
) -> None:
    found = sources.combine_chunks().dictionary_encode()
    width, rows = len(KINDS), found.indices.to_numpy()
    table = np.bincount(rows * width + kinds, minlength=len(found.dictionary) * width).reshape(-1, width)
    for source, line in zip(texts(found.dictionary), table, strict=True):
        name = places.folder(str(source))
        counts[name] = counts.get(name, 0) + line


def _kinds(folder: Path, table: pa.Table) -> NDArray[np.int64]:
    """Index into KINDS per row; an abstained face counts as such, whatever emotion came first."""
    emotions = _known(folder, table["emotion"], "emotion", EMOTIONS)
    abstained = pc.fill_null(table["abstained"], False).to_numpy()
    return np.where(abstained, len(EMOTIONS), emotions)


def _reasons(folder: Path, table: pa.Table, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Faces by reason. Tables of version 2 know none: there confidence was all that a label was withheld for."""
    because = table["abstained_because"]
    told = _known(folder, because.drop_null(), "reason", ABSTENTIONS)
    found = np.bincount(told, minlength=len(ABSTENTIONS))
    found[_UNSURE] += int(((kinds == len(EMOTIONS)) & because.is_null().to_numpy()).sum())
    return found


def _known(folder: Path, column: pa.ChunkedArray, what: str, among: Sequence[str]) -> NDArray[np.int64]:
    found = positions(column, pa.array(among, pa.string()))
    if (found < 0).any():
        stranger = column[int(np.argmax(found < 0))].as_py()
        raise OutputError(f"{folder}: unknown {what}, received {stranger!r}. Allowed: {', '.join(among)}")
    return found


def _bins(times: NDArray[np.float64], span: Span) -> NDArray[np.int64]:
    # The small addend keeps a frame that begins a bin from falling before it by rounding.
    length = span.end_ms - span.start_ms
    places = np.floor((times - span.start_ms) / length * span.bins + 1e-6) if length > 0 else np.zeros(times.size)
    return np.clip(places, 0, span.bins - 1).astype(np.int64)
