"""The second pass over a chunk: its staged faces become shards and rejects, now that it is known which stay."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import files
from tasks.errors import OutputError
from tasks.manifest import RejectStats, ShardStats, Stats, stats_from
from tasks.params import Prepare
from tasks.prepare.rows import rejected, shard, warped
from tasks.prepare.stage import path as staged_path
from tasks.prepare.summary import KEPT
from tasks.prepare.verdict import Verdict
from tasks.prepare.write import ShardWriter
from tasks.schema import REASONS, REJECT


def build(verdict: Verdict, prepare: Prepare, work: Path, out: Path) -> list[Stats]:
    """Write the shards of one chunk below ``out``, one per split, and its rejects.

    A file beside ``out``, written last, says that the chunk is done and holds its statistics: a run that was killed
    goes on after the last such chunk.

    Args:
        work: the folder of the staged chunks.

    Returns:
        Statistics of the files written, shards by split and then rejects; none for a chunk without rows.

    Raises:
        OutputError: the staged file is missing or is not the one that ``verdict`` was made from.
        OSError: ``out`` cannot be written.
    """
    done = out.with_name(f"{out.name}.done") / f"part-{verdict.index:06d}.json"
    if done.exists():
        known = [stats_from(one) for one in files.read_json(done)]
        if all((out / one.file).exists() for one in known):  # the last moment of a run moves them away
            return known
    stats: list[Stats] = [*_shards(verdict, prepare, work, out), *_rejects(verdict, work, out)]
    files.write_json(done, [vars(one) for one in stats])
    return stats


def _shards(verdict: Verdict, prepare: Prepare, work: Path, out: Path) -> Iterator[ShardStats]:
    writers: dict[int, ShardWriter] = {}
    with ExitStack() as stack:
        for start, table in _staged(work, verdict):
            here = slice(start, start + table.num_rows)
            stays = verdict.reasons[here] == KEPT
            for number in np.unique(verdict.splits[here][stays]).tolist():
                chosen = np.flatnonzero(stays & (verdict.splits[here] == number))
                if number not in writers:
                    split = verdict.names[number]
                    file = f"shards/{split}/part-{verdict.index:06d}.parquet"
                    writers[number] = stack.enter_context(ShardWriter(out, file, split, prepare.row_group))
                kept = shard(table.take(pa.array(chosen)), start + chosen, verdict)
                writers[number].write(kept)
                copies = verdict.copies[start + chosen]
                if copies.any():
                    writers[number].write(warped(kept, copies, prepare.fill))
    yield from (writers[number].stats() for number in sorted(writers))


def _rejects(verdict: Verdict, work: Path, out: Path) -> Iterator[RejectStats]:
    leaves = verdict.reasons != KEPT
    if not leaves.any():
        return
    file = f"rejects/part-{verdict.index:06d}.parquet"
    with files.replacing(out / file) as temporary, pq.ParquetWriter(temporary, REJECT, compression="zstd") as writer:
        for start, table in _staged(work, verdict):
            chosen = np.flatnonzero(leaves[start : start + table.num_rows])
            if len(chosen):
                writer.write_table(rejected(table.take(pa.array(chosen)), start + chosen, verdict))
    reasons = Counter(REASONS[reason] for reason in verdict.reasons[leaves].tolist())
    size, digest = (out / file).stat().st_size, files.sha256(out / file)
    yield RejectStats(file, reasons.total(), size, digest, dict(sorted(reasons.items())))


def _staged(work: Path, verdict: Verdict) -> Iterator[tuple[int, Any]]:
    """Staged tables, each with the position of its first row."""
    path, expected = staged_path(work, verdict.index), len(verdict.reasons)
    try:
        with pq.ParquetFile(path) as staged:
            if staged.metadata.num_rows != expected:
                raise OutputError(f"{path.name}: holds {staged.metadata.num_rows} rows, decided were {expected}")
            start = 0
            for group in range(staged.num_row_groups):
                table = staged.read_row_group(group)
                yield start, table
                start += table.num_rows
    except (OSError, pa.ArrowInvalid) as error:
        raise OutputError(f"{path.name}: no whole staged chunk in the work folder ({error}). Run it again") from None
