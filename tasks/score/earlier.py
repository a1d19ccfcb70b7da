"""What an earlier run left in a folder: whose rows stay, and what is scored again."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tasks.errors import OutputError
from tasks.media.entry import Entry
from tasks.score import parts
from tasks.score.store import Store

_BATCH = 100_000
_CROPS = 2_000  # pictures at a time


def known(
    out: Path, retry: Collection[str] = (), keep_crops: bool = False
) -> dict[tuple[str, str | None], tuple[str, str]]:
    """(source, member) -> (sha256, status) of all that units of an earlier run scored, but for statuses in ``retry``.

    Empty where no tables are.

    Raises:
        OutputError: with ``keep_crops``, the earlier run's are gone.
    """
    if not (out / "files").is_dir():
        return {}
    if keep_crops and not (out / "crops").is_dir():
        raise OutputError(f"'{out / 'crops'}' is missing, so the run cannot go on with its crops. Use --overwrite")
    columns = ["source", "member", "source_sha256", "media_type", "status"]
    found: dict[tuple[str, str | None], tuple[str, str]] = {}
    for batch in ds.dataset(out / "files").to_batches(columns=columns, batch_size=_BATCH):
        scored = pc.and_(pc.is_in(batch["media_type"], pa.array(["image", "video"])), batch["source_sha256"].is_valid())
        again = pc.is_in(batch["status"], pa.array([*retry, "duplicate"]))
        rows = batch.filter(pc.and_(scored, pc.invert(again)))
        for source, member, sha256, _, status in zip(*(rows[name].to_pylist() for name in columns), strict=True):
            found[source, member] = (sha256, status)
    return found


def discard(out: str | Path | Store, retry: Collection[str]) -> None:
    """Throw away finished units of a run that was stopped where a file ended with a status in ``retry``."""
    again = [
        (where, unit)
        for where, unit, table in (parts.listings(out) if retry else ())
        if not set(table["status"].to_pylist()).isdisjoint(retry)
    ]
    for where, unit in again:
        parts.discard(out, [unit], where)


def lists(out: Path, entries: Sequence[Entry]) -> bool:
    """Whether the table `files` has exactly these names with these contents."""
    left = Counter((entry.source, entry.member, entry.sha256) for entry in entries)
    for batch in ds.dataset(out / "files").to_batches(columns=["source", "member", "source_sha256"], batch_size=_BATCH):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            left[row] -= 1
            if left[row] < 0:
                return False
    return not left.total()


def rows(out: Path, held: Collection[Entry], name: str) -> Iterator[pa.Table]:
    """The rows of the table ``name`` that belong to ``held`` entries, batch by batch, in their order.

    Contents decide: rows of what was called otherwise before get the names of now.
    """
    place = out / "thumbs.parquet" if name == "thumbs" else out / name
    if not held or not place.exists():
        return
    before = _before(out, held)
    now = {
        "source": pa.array([entry.source for entry in held]),
        "member": pa.array([entry.member for entry in held], pa.string()),
    }
    size, ahead = (_CROPS, 1) if name == "crops" else (_BATCH, 4)
    for batch in ds.dataset(place).to_batches(batch_size=size, batch_readahead=ahead, fragment_readahead=1):
        table = pa.Table.from_batches([batch])
        which = pc.index_in(keys(table), before).combine_chunks()
        table, which = table.filter(which.is_valid()), which.drop_null()
        for column, names in now.items():
            at = table.schema.get_field_index(column)
            table = table.set_column(at, table.schema.field(at), names.take(which))
        yield table


def _before(out: Path, held: Collection[Entry]) -> pa.Array:
    """Under which key the rows of each of ``held`` stand."""
    scored = (ds.field("status") != "duplicate") & ds.field("media_type").isin(["image", "video"])
    files = ds.dataset(out / "files").to_table(columns=["source", "member", "source_sha256"], filter=scored)
    contents = files["source_sha256"].combine_chunks()
    at = pc.index_in(pa.array([entry.sha256 for entry in held], pa.string()), contents)
    return keys(files).combine_chunks().take(at)


def keys(table: Any) -> Any:
    """One text per row: `source`, or `source` and `member` with a null character between."""
    joined = pc.binary_join_element_wise(table["source"], table["member"], "\0")  # null where there is no member
    return pc.coalesce(joined, table["source"])
