"""One chunk of images through two phases: staged on its own, then built into shards once duplicates are decided."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import files
from tasks.dedupe import KEPT, SUMMARY, Decision, Original, Staged
from tasks.errors import MediaError, OutputError
from tasks.images.clean import flaw, levels
from tasks.images.decode import decode
from tasks.images.normalise import normalise
from tasks.manifest import RejectStats, ShardStats
from tasks.params import Prepare
from tasks.schema import EMOTIONS, IMAGE_SIZE, REASONS, REJECT, SHARD
from tasks.sources import SOURCES
from tasks.sources.source import Chunk, Record

ROW_GROUP: Final = 1024  # rows; what a reader has to load at least
PIXELS: Final = 100_000_000  # of an original; more is refused unopened

_BATCH_BYTES = 64 << 20  # of originals held in memory while staging
_STAGING = pa.schema(
    [
        *SUMMARY,
        pa.field("pixels", pa.binary(IMAGE_SIZE * IMAGE_SIZE)),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("mean", pa.float64(), nullable=False),
        pa.field("std", pa.float64(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("data", pa.binary()),
    ]
)


def stage(chunk: Chunk, prepare: Prepare, work: Path) -> Staged:
    """Decode, normalise and clean one chunk; write the outcome to ``work`` and report a summary.

    Raises:
        SourceError: the data set went away or is not what the plan saw.
        OSError: ``work`` cannot be written.
    """
    summaries = [SUMMARY.empty_table()]
    path = _staged(work, chunk.index)
    # Originals are compressed already and pixels are read once more: speed over size.
    with (
        files.replacing(path) as temporary,
        pq.ParquetWriter(temporary, _STAGING, compression="lz4", use_dictionary=False) as writer,
    ):
        for rows in _batched(SOURCES[chunk.source].read(chunk), prepare):
            table = pa.Table.from_pylist(rows, schema=_STAGING)
            writer.write_table(table)
            summaries.append(table.select(SUMMARY.names))
    return Staged(chunk.index, pa.concat_tables(summaries).combine_chunks())


def build(index: int, decision: Decision, work: Path, out: Path) -> list[ShardStats | RejectStats]:
    """Write the shards of chunk ``index``, one per split, and its rejects.

    Returns:
        Statistics of the files written, shards by split and then rejects; none for a chunk without rows.

    Raises:
        OutputError: the staged file is missing or is not the one that ``decision`` was made from.
        OSError: ``out`` cannot be written.
    """
    part = f"part-{index:05d}.parquet"
    kept: dict[str, list[dict[str, Any]]] = {}
    reasons: Counter[str] = Counter()
    rejects = out / "rejects" / part
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for start, rows in _read(_staged(work, index), len(decision.reasons)):
            left_out = []
            for position, row in enumerate(rows, start):
                if decision.reasons[position] == KEPT:
                    kept.setdefault(decision.names[decision.splits[position]], []).append(row)
                else:
                    reason = REASONS[decision.reasons[position]]
                    left_out.append(_reject(row, reason, decision.originals.get(position)))
                    reasons[reason] += 1
            if left_out:
                if writer is None:
                    temporary = stack.enter_context(files.replacing(rejects))
                    writer = stack.enter_context(pq.ParquetWriter(temporary, REJECT, compression="zstd"))
                writer.write_table(pa.Table.from_pylist(left_out, schema=REJECT))
    stats: list[ShardStats | RejectStats] = [
        _write(kept[split], split, out, f"shards/{split}/{part}") for split in sorted(kept)
    ]
    if reasons:
        size, digest = rejects.stat().st_size, files.sha256(rejects)
        stats.append(RejectStats(f"rejects/{part}", reasons.total(), size, digest, dict(sorted(reasons.items()))))
    return stats


def _staged(work: Path, index: int) -> Path:
    return work / f"chunk-{index:05d}.parquet"


def _batched(records: Iterable[Record], prepare: Prepare) -> Iterator[list[dict[str, Any]]]:
    """Examined records in groups that are small in rows and in bytes."""
    rows: list[dict[str, Any]] = []
    held = 0
    for record in records:
        rows.append(_examine(record, prepare))
        held += len(record.data or b"")
        if len(rows) == ROW_GROUP or held >= _BATCH_BYTES:
            yield rows
            rows, held = [], 0
    if rows:
        yield rows


def _examine(record: Record, prepare: Prepare) -> dict[str, Any]:
    """One row of _STAGING."""
    row: dict[str, Any] = {"key": record.key, "split": record.split, "label": record.label, "data": record.data}
    row |= {"width": 0, "height": 0, "mean": 0.0, "std": 0.0, "detail": ""}
    if record.error is not None:
        return row | {"reason": record.reason, "detail": record.error}
    try:
        image = decode(record.data or b"", PIXELS) if record.pixels is None else record.pixels
    except MediaError as error:
        return row | {"reason": "undecodable", "detail": str(error)}
    face = normalise(image)
    measured = levels(face)
    pixels = face.tobytes()
    row |= {"pixels": pixels, "sha256": hashlib.sha256(pixels).digest(), **measured._asdict()}
    row |= {"width": image.shape[1], "height": image.shape[0]}
    found = flaw(measured, prepare)
    return row | found._asdict() if found else row


def _read(path: Path, expected: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Staged rows batch by batch, each with the position of its first."""
    try:
        with pq.ParquetFile(path) as staged:
            if staged.metadata.num_rows != expected:
                raise OutputError(f"{path.name}: holds {staged.metadata.num_rows} rows, decided were {expected}")
            start = 0
            for group in range(staged.num_row_groups):
                rows = staged.read_row_group(group).to_pylist()
                yield start, rows
                start += len(rows)
    except (OSError, pa.ArrowInvalid) as error:
        raise OutputError(f"{path.name}: no whole staged chunk in the work folder ({error}). Run it again") from None


def _reject(row: dict[str, Any], reason: str, original: Original | None) -> dict[str, Any]:
    """One row of REJECT."""
    detail = row["detail"]
    if original is not None:
        detail = f"same pixels as {original.key!r} in {original.split}"
        if original.label != row["label"]:
            detail += f", which is labelled {EMOTIONS[original.label]} and not {EMOTIONS[row['label']]}"
    data = row["data"]
    if data is None and row["pixels"] is not None:
        data = _png(row["pixels"])
    return {
        **{name: row[name] for name in ("key", "split", "label")},
        "reason": reason,
        "detail": detail,
        "duplicate_of": original.key if original else None,
        "image": None if data is None else {"bytes": data, "path": row["key"]},
    }


def _write(rows: Sequence[dict[str, Any]], split: str, out: Path, name: str) -> ShardStats:
    """Write one shard and measure it."""
    entries = [
        {
            **{column: row[column] for column in ("key", "label", "width", "height", "mean", "std")},
            "split": split,
            "sha256": row["sha256"].hex(),
            "image": {"bytes": _png(row["pixels"]), "path": row["key"]},
        }
        for row in rows
    ]
    path = out / name
    with files.replacing(path) as temporary:
        pq.write_table(
            pa.Table.from_pylist(entries, schema=SHARD), temporary, compression="zstd", row_group_size=ROW_GROUP
        )
    counts = Counter(row["label"] for row in rows)
    measured = levels(np.frombuffer(b"".join(row["pixels"] for row in rows), np.uint8).reshape(-1, IMAGE_SIZE))
    return ShardStats(
        name,
        split,
        len(rows),
        path.stat().st_size,
        files.sha256(path),
        {emotion: counts[label] for label, emotion in enumerate(EMOTIONS)},
        round(measured.mean, 6),
        round(measured.std, 6),
    )


def _png(pixels: bytes) -> bytes:
    face = np.frombuffer(pixels, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    _, encoded = cv2.imencode(".png", face)
    return bytes(encoded)
