"""What needs a whole video: which face is which over time, and what was seen of it."""

from collections.abc import Iterator
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.faces.face import Face
from tasks.faces.shots import Shots
from tasks.faces.track import Tracker, smooth
from tasks.schema import EMOTIONS, TRACKS
from tasks.score.rows import Row
from tasks.score.shares import shares

GAP = 4.0  # times the median distance of two samples; a longer one is a pause of the clock


def followed(faces: pa.Table, frames: pa.Table) -> pa.Table:
    """The faces of one video with their tracks and smoothed emotions.

    Args:
        faces: of the schema FACES, in the order of ``frames``.
        frames: of the schema ``parts.SEEN``, all parts in their order.
    """
    tracks = np.fromiter(_tracks(faces, frames), np.int32, len(faces))
    return smoothed(_with(faces, "track", pa.array(tracks)))


def smoothed(faces: pa.Table) -> pa.Table:
    """The faces of one video with their smoothed emotions, from their tracks and probabilities."""
    tracks = faces["track"].to_numpy()
    timed = np.flatnonzero(faces["pts_ms"].is_valid().to_numpy())
    labels = np.full(len(faces), -1)
    times = faces["pts_ms"].take(pa.array(timed)).to_numpy()
    labels[timed] = smooth(tracks[timed].astype(np.int64), times, _probabilities(faces)[timed])
    words = pa.array([*EMOTIONS, None], pa.string()).take(pa.array(np.where(labels < 0, len(EMOTIONS), labels)))
    return _with(faces, "emotion_smoothed", words)


def _with(faces: pa.Table, name: str, column: pa.Array) -> pa.Table:
    at = faces.schema.get_field_index(name)
    return faces.set_column(at, faces.schema.field(at), column)


def weights(faces: pa.Table, frames: pa.Table) -> npt.NDArray[np.float64]:
    """(n,) milliseconds that each face stands for: from its frame to the next sampled one.

    1 each where the video has a single sample, or no times.
    """
    shown = frames.filter(pc.and_(pc.not_equal(frames["status"], "decode_error"), frames["pts_ms"].is_valid()))
    times = shown["pts_ms"].to_numpy()
    gaps = np.diff(times)
    if not (gaps > 0).any():
        return np.ones(len(faces))
    usual = float(np.median(gaps[gaps > 0]))
    stands = np.append(np.where((gaps > 0) & (gaps <= GAP * usual), gaps, usual), usual)
    order = np.argsort(shown["frame"].to_numpy(), kind="stable")
    numbers = shown["frame"].to_numpy()[order]
    found = np.searchsorted(numbers, faces["frame"].to_numpy()).clip(0, len(numbers) - 1)
    return np.asarray(stands[order][found], np.float64)


def tracks(faces: pa.Table, stands: npt.NDArray[np.float64]) -> pa.Table:
    """One row of the schema TRACKS per track of a video's ``faces``, which stand for ``stands`` milliseconds each."""
    numbers = faces["track"].to_numpy()
    return pa.Table.from_pylist(
        [
            _track(faces.take(pa.array(rows)), stands[rows])
            for rows in np.split(
                np.argsort(numbers, kind="stable"), np.cumsum(np.unique(numbers, return_counts=True)[1])[:-1]
            )
            if len(rows)
        ],
        schema=TRACKS,
    )


def _track(faces: pa.Table, stands: npt.NDArray[np.float64]) -> Row:
    first: Row = faces.slice(0, 1).select(["source", "member", "source_sha256", "track", "run_id"]).to_pylist()[0]
    said = [label for label in faces["emotion_smoothed"].to_pylist() if label is not None]
    return first | {
        "first_ms": pc.min(faces["pts_ms"]).as_py(),
        "last_ms": pc.max(faces["pts_ms"]).as_py(),
        "faces": len(faces),
        "abstained": pc.sum(faces["abstained"]).as_py(),
        "changes": sum(one != other for one, other in pairwise(said)),
        "confidence": pc.mean(faces["confidence"]).as_py(),
        "size": float(np.median(faces["size"].to_numpy())),
        **shares(faces, stands),
    }


def _tracks(faces: pa.Table, frames: pa.Table) -> Iterator[int]:
    """The track of each face, in their order."""
    columns = (faces[name].to_pylist() for name in ("x", "y", "w", "h", "det_score"))
    boxes = (Face(*values) for values in zip(*columns, strict=True))
    tracker, before = Tracker(), Shots()
    kept = (frames[name].to_pylist() for name in ("status", "faces", "cut", "look"))
    for status, count, cut, look in zip(*kept, strict=True):
        if status == "decode_error":
            continue
        # A part begins or ends there; one that begins is compared with what ended before it.
        beginning = None if look is None else before.resume(look)
        yield from tracker.step(list(islice(boxes, count)), bool(beginning if cut is None else cut))


def _probabilities(faces: pa.Table) -> npt.NDArray[np.float32]:
    return np.stack([faces[f"p_{emotion}"].to_numpy() for emotion in EMOTIONS], axis=1)
