"""From staged rows and a verdict to rows of a shard or of the rejects."""

import hashlib
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks import fill
from tasks.images.fingerprint import fingerprint
from tasks.images.measure import measure
from tasks.params import Fill
from tasks.prepare.verdict import Original, Verdict, Votes
from tasks.schema import CHOICES, EMOTIONS, MEASURES, REASONS, REJECT, SHARD

Positions = npt.NDArray[np.int64]
NEAR = ("near_duplicate", "near_duplicate_across_splits")


def shard(staged: Any, positions: Positions, verdict: Verdict) -> Any:
    """Rows of schema SHARD.

    Args:
        staged: n rows of schema STAGED.
        positions: (n,) theirs in the chunk.
    """
    folds = verdict.folds[positions]
    columns = {name: staged[name] for name in ("key", "label", "width", "height", "aligned", *MEASURES)}
    columns |= {
        "split": _splits(positions, verdict),
        "image": _images(staged["face"], staged["key"]),
        "sha256": _hex(staged["sha256"]),
        "phash": _hex(staged["print"]),
        "group": verdict.groups.take(pa.array(positions)),
        "fold": pa.array(folds, pa.int8(), mask=folds < 0),
        "augmented_from": pa.nulls(len(positions), pa.string()),
        "augmentation": pa.nulls(len(positions), pa.string()),
        **_votes(verdict.votes, positions),
    }
    return _table(columns, SHARD)


def warped(rows: Any, copies: npt.NDArray[np.int32], wanted: Fill) -> Any:
    """Warped copies of the n ``rows`` of a shard, (n,) ``copies`` of each, with what was done to them."""
    made: list[tuple[int, str, npt.NDArray[np.uint8], str]] = []
    for at in np.flatnonzero(copies).tolist():
        data, key = rows["image"][at]["bytes"].as_buffer(), rows["key"][at].as_py()
        face = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
        made.extend(
            (at, fill.copy_key(key, number), *fill.warped(face, key, number, wanted)) for number in range(copies[at])
        )
    sources = rows.take(pa.array([at for at, *_ in made]))
    faces = [face for _, _, face, _ in made]
    grey = np.stack([face if face.ndim == 2 else cv2.cvtColor(face, cv2.COLOR_BGR2GRAY) for face in faces])
    columns = {name: sources[name] for name in sources.column_names}
    keys = pa.array([key for _, key, _, _ in made])
    columns |= dict(zip(MEASURES, map(pa.array, measure(grey)), strict=True))
    columns |= {
        "key": keys,
        "image": _images(pa.array([cv2.imencode(".png", face)[1].tobytes() for face in faces]), keys),
        "sha256": pa.array([hashlib.sha256(face.data).hexdigest() for face in faces]),
        "phash": pa.array([bits.tobytes().hex() for bits in fingerprint(grey)]),
        "augmented_from": sources["key"],
        "augmentation": pa.array([done for *_, done in made]),
    }
    return _table(columns, SHARD)


def rejected(staged: Any, positions: Positions, verdict: Verdict) -> Any:
    """Rows of schema REJECT; the arguments are those of ``shard``."""
    reasons = [REASONS[reason] for reason in verdict.reasons[positions].tolist()]
    originals = [verdict.originals.get(position) for position in positions.tolist()]
    labels, own = staged["label"].to_pylist(), staged["detail"].to_pylist()
    details = [
        _detail(reason, original, label, detail, verdict.votes, position)
        for reason, original, label, detail, position in zip(
            reasons, originals, labels, own, positions.tolist(), strict=True
        )
    ]
    pictures = [
        original or face
        for original, face in zip(staged["original"].to_pylist(), staged["face"].to_pylist(), strict=True)
    ]
    columns = {name: staged[name] for name in ("key", "label", *MEASURES)}
    columns |= {
        "split": _splits(positions, verdict),
        "reason": pa.array(reasons, pa.string()),
        "detail": pa.array(details, pa.string()),
        "duplicate_of": pa.array([original and original.key for original in originals], pa.string()),
        "image": _images(pa.array(pictures, pa.binary()), staged["key"]),
        **_votes(verdict.votes, positions),
    }
    return _table(columns, REJECT)


def _detail(reason: str, original: Original | None, label: int, own: str, votes: Votes | None, position: int) -> str:
    if reason == "not_a_face" and votes is not None:
        counts = votes.counts[position]
        return f"{counts[CHOICES.index('not_a_face')]} of {counts.sum()} votes say that it is not a face"
    if reason == "conflicting_labels":
        return f"labelled {EMOTIONS[label]}, and other copies of the same pixels are labelled otherwise"
    if original is None:
        return own
    apart = f"{original.bits} bits of the perceptual hash from" if reason in NEAR else "same pixels as"
    other = f", which is labelled {EMOTIONS[original.label]} and not {EMOTIONS[label]}"
    return f"{apart} {original.key!r} in {original.split}" + (other if original.label != label else "")


def _splits(positions: Positions, verdict: Verdict) -> Any:
    return pa.array(verdict.names, pa.string()).take(pa.array(verdict.splits[positions]))


def _images(data: Any, keys: Any) -> Any:
    data, keys = (one.combine_chunks() if isinstance(one, pa.ChunkedArray) else one for one in (data, keys))
    return pa.StructArray.from_arrays([data, keys], ["bytes", "path"], mask=data.is_null())


def _hex(column: Any) -> Any:
    return pa.array([value.hex() for value in column.to_pylist()], pa.string())


def _votes(votes: Votes | None, positions: Positions) -> dict[str, Any]:
    size = len(positions)
    if votes is None:
        return {name: pa.nulls(size, REJECT.field(name).type) for name in ("votes", "majority", "entropy")}
    absent = ~votes.given[positions]
    counts = [None if gone else row for row, gone in zip(votes.counts[positions].tolist(), absent, strict=True)]
    words = pa.array([*CHOICES, None], pa.string())  # the last one is where -1 points to
    winners = votes.majority[positions].astype(np.int64) % len(words)
    return {
        "votes": pa.array(counts, REJECT.field("votes").type),
        "majority": words.take(pa.array(winners)),
        "entropy": pa.array(votes.entropy[positions], pa.float32(), mask=absent),
    }


def _table(columns: dict[str, Any], schema: Any) -> Any:
    return pa.table([columns[field.name] for field in schema], names=schema.names).cast(schema)
