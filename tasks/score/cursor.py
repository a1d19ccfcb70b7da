"""The rows of a table of a run, in their order."""

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from tasks.errors import OutputError

_BATCH = 16_384


class Cursor:
    """Takes rows from the beginning of a table, as many as are wanted at a time; memory holds these and a batch."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        """Open the table in ``folder``.

        Args:
            schema: the columns that are wanted.
        """
        self._folder = folder
        dataset = ds.dataset(sorted(map(str, folder.glob("*.parquet"))), schema=schema, format="parquet")
        self._batches = dataset.to_batches(batch_size=_BATCH, batch_readahead=2, fragment_readahead=1)
        self._held = schema.empty_table()

    def take(self, count: int) -> pa.Table:
        """The next ``count`` rows.

        Raises:
            OutputError: there are fewer.
        """
        pieces, rows = [self._held], len(self._held)
        while rows < count:
            batch = next(self._batches, None)
            if batch is None:
                raise OutputError(f"'{self._folder}' has fewer rows than the other tables say. Score again")
            pieces.append(pa.Table.from_batches([batch]))
            rows += len(batch)
        whole = pa.concat_tables(pieces) if len(pieces) > 1 else pieces[0]
        self._held = whole.slice(count)
        return whole.slice(0, count)
