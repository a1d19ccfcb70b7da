"""What an earlier run left in a folder: whose rows stay, and what is scored again."""

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from tasks.errors import OutputError
from tasks.media.entry import Entry
from tasks.score import parts

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


def discard(out: Path, retry: Collection[str]) -> None:
    """Throw away finished units of a run that was stopped where a file ended with a status in ``retry``."""
    for path in parts.listings(out) if retry else ():
        if not set(pq.read_table(path, columns=["status"])["status"].to_pylist()).isdisjoint(retry):
            shutil.rmtree(path.parent)


def rows(out: Path, held: Collection[Entry], name: str) -> Iterator[pa.Table]:
    """The rows of the table ``name`` that belong to ``held`` entries, batch by batch, in their order."""
    place = out / "thumbs.parquet" if name == "thumbs" else out / name
    if not held or not place.exists():
        return
    keys = pa.array([_key(entry.source, entry.member) for entry in held])
    size, ahead = (_CROPS, 1) if name == "crops" else (_BATCH, 4)
    for batch in ds.dataset(place).to_batches(batch_size=size, batch_readahead=ahead, fragment_readahead=1):
        table = pa.Table.from_batches([batch])
        yield table.filter(pc.is_in(_keys(table), keys))


def _key(source: str, member: str | None) -> str:
    return source if member is None else f"{source}\0{member}"


def _keys(table: pa.Table) -> Any:
    joined = pc.binary_join_element_wise(table["source"], table["member"], "\0")  # null where there is no member
    return pc.coalesce(joined, table["source"])
