"""What an earlier run left in a folder: whose rows stay, and what is scored again."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tasks.media.entry import Entry
from tasks.score import parts
from tasks.score.store import Store

_BATCH = 100_000


def known(out: Path, retry: Collection[str] = ()) -> dict[tuple[str, str | None], tuple[str, str]]:
    """(source, member) -> (sha256, status) of all that units of an earlier run scored, but for statuses in ``retry``.

    Empty where no tables are.
    """
    if not (out / "files").is_dir():
        return {}
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
    units = sorted(parts.finished(out)) if retry else []
    statuses = ((unit, table["status"].to_pylist()) for unit in units for table in parts.tables(out, [unit], "files"))
    parts.discard(out, [unit for unit, found in statuses if not set(found).isdisjoint(retry)])


def rows(out: Path, held: Collection[Entry], name: str) -> Iterator[pa.Table]:
    """The rows of the table ``name`` that belong to ``held`` entries, batch by batch, in their order."""
    place = out / "thumbs.parquet" if name == "thumbs" else out / name
    if not held or not place.exists():
        return
    keys = pa.array([_key(entry.source, entry.member) for entry in held])
    for batch in ds.dataset(place).to_batches(batch_size=_BATCH):
        table = pa.Table.from_batches([batch])
        yield table.filter(pc.is_in(_keys(table), keys))


def _key(source: str, member: str | None) -> str:
    return source if member is None else f"{source}\0{member}"


def _keys(table: pa.Table) -> Any:
    joined = pc.binary_join_element_wise(table["source"], table["member"], "\0")  # null where there is no member
    return pc.coalesce(joined, table["source"])
