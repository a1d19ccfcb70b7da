"""thumbs.parquet with other labels."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.schema import EMOTIONS
from tasks.score import label
from tasks.score.parts import THUMBS

_ROWS = 1024  # pictures at a time


class Thumbs:
    """The thumbnails of a run; memory holds their names, not their pictures. A file that is missing has none."""

    def __init__(self, path: Path) -> None:
        """Read whose faces they are."""
        self._path = path
        named = [name for name in THUMBS.names if name != "jpeg"]
        table = pq.read_table(path, columns=named) if path.is_file() else THUMBS.empty_table()
        self._keys = label.keys(table).combine_chunks()
        self._emotions = pc.index_in(table["emotion"], pa.array(EMOTIONS)).to_numpy().astype(np.int8)
        self._confidence = table["confidence"].to_numpy().astype(np.float32)
        self._because = np.array(table["abstained_because"].to_pylist(), object)

    def see(self, faces: pa.Table) -> None:
        """Take over what is said of ``faces``, where there are thumbnails of them."""
        if not len(self._keys):
            return
        places = pc.fill_null(pc.index_in(label.keys(faces), self._keys), -1).to_numpy()
        there = places >= 0
        self._emotions[places[there]] = pc.index_in(faces["emotion"], pa.array(EMOTIONS)).to_numpy()[there]
        self._confidence[places[there]] = faces["confidence"].to_numpy()[there]
        self._because[places[there]] = np.array(faces["abstained_because"].to_pylist(), object)[there]

    def write(self, path: Path) -> None:
        """Write them to ``path``, if there is a file of them at all."""
        if not self._path.is_file():
            return
        start = 0
        with pq.ParquetFile(self._path) as file, pq.ParquetWriter(path, THUMBS, compression="none") as writer:
            for batch in file.iter_batches(_ROWS):
                here = slice(start, start + len(batch))
                start += len(batch)
                new = {
                    "emotion": pa.array(EMOTIONS, pa.string()).take(pa.array(self._emotions[here])),
                    "confidence": pa.array(self._confidence[here]),
                    "abstained_because": pa.array(self._because[here].tolist(), pa.string()),
                }
                writer.write_table(pa.table([new.get(name, batch[name]) for name in THUMBS.names], schema=THUMBS))
