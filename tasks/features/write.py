"""Features of a prepared split as one Parquet file, written batch by batch."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from tasks import files
from tasks.dataset import Split
from tasks.features import table
from tasks.features.embed import BATCH, Embedder
from tasks.features.geometry import geometry

Marks = npt.NDArray[np.float32]
Find = Callable[[npt.NDArray[np.uint8]], Marks | None]


def place(out: Path, split: str) -> Path:
    """The file for ``split``: ``out`` itself when it is named as one, else SPLIT.parquet below it."""
    return out if out.suffix == ".parquet" else out / f"{split}.parquet"


def write(
    path: Path,
    split: Split,
    embedder: Embedder,
    origin: table.Origin,
    find: Find | None = None,
    on_step: Callable[[int], None] = lambda done: None,
) -> int:
    """Write the features of ``split`` to ``path``, whole or not at all, in the order of its shards.

    Args:
        find: landmarks (5, 2) of a face, or None where there are none; None: they aren't looked for.
        on_step: called with the faces done.

    Returns:
        How many faces have landmarks.
    """
    seen = 0
    with (
        files.replacing(path) as temporary,
        pq.ParquetWriter(temporary, table.schema(origin), compression="zstd", use_dictionary=["split"]) as writer,
    ):
        for start in range(0, len(split.labels), BATCH):
            part = slice(start, start + BATCH)
            images = split.images[part]
            marks = [None if find is None else _measured(find(face)) for face in images]
            writer.write_table(
                table.rows(
                    origin, split.name, split.keys[part], split.labels[part], embedder.embed(images), marks
                )
            )  # fmt: skip
            seen += sum(one is not None for one in marks)
            on_step(min(start + BATCH, len(split.labels)))
    return seen


def _measured(marks: Marks | None) -> tuple[Marks, Marks] | None:
    """Landmarks with their geometry."""
    measured = None if marks is None else geometry(marks)
    return None if marks is None or measured is None else (marks, measured)
