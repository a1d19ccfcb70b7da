"""One shard, written row group by row group under a temporary name and measured on the way."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks import files
from tasks.manifest import ShardStats
from tasks.schema import EMOTIONS, SHARD


class ShardWriter:
    """Writes tables of schema SHARD to the file ``name`` below ``out``; whole at the end of the block, or absent.

    Args:
        split: all rows are of it.
        row_group: rows of a row group; only the last one has fewer.
    """

    def __init__(self, out: Path, name: str, split: str, row_group: int) -> None:
        self._out, self._name, self._split, self._row_group = out, name, split, row_group
        self._pending = SHARD.empty_table()
        self._counts: Counter[int] = Counter()
        self._copies: Counter[int] = Counter()
        self._levels = np.zeros(3)  # images, sum of mean levels, sum of mean squared levels
        self._stack = ExitStack()

    def __enter__(self) -> "ShardWriter":
        with ExitStack() as stack:
            temporary = stack.enter_context(files.replacing(self._out / self._name))
            self._writer = stack.enter_context(pq.ParquetWriter(temporary, SHARD, compression="zstd"))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._pending.num_rows:
            self._writer.write_table(self._pending)
        self._stack.__exit__(kind, error, trace)

    def write(self, rows: Any) -> None:
        """Add ``rows``, a table of schema SHARD."""
        copied = pc.is_valid(rows["augmented_from"])
        self._copies.update(rows["label"].filter(copied).to_pylist())
        self._counts.update(rows["label"].filter(pc.invert(copied)).to_pylist())
        mean, std = (rows[name].to_numpy().astype(np.float64) for name in ("mean", "std"))
        self._levels += (len(mean), mean.sum(), (mean**2 + std**2).sum())
        self._pending = pa.concat_tables([self._pending, rows])
        while self._pending.num_rows >= self._row_group:
            self._writer.write_table(self._pending.slice(0, self._row_group).combine_chunks())
            self._pending = self._pending.slice(self._row_group)

    def stats(self) -> ShardStats:
        """What was written; after the block."""
        path = self._out / self._name
        count, first, second = self._levels.tolist()
        mean = first / count
        return ShardStats(
            file=self._name,
            split=self._split,
            rows=int(count),
            bytes=path.stat().st_size,
            sha256=files.sha256(path),
            counts={emotion: self._counts[label] for label, emotion in enumerate(EMOTIONS)},
            augmented={emotion: self._copies[label] for label, emotion in enumerate(EMOTIONS)},
            mean=round(mean, 4),
            std=round(max(0.0, second / count - mean**2) ** 0.5, 4),
        )
