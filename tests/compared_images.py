"""Tables of images and rejects out of a few letters, to be compared."""

from typing import NamedTuple

import pyarrow as pa

from tasks.diff import IMAGES, REJECTS, Changes
from tasks.schema import REJECT, SHARD


class Image(NamedTuple):
    key: str
    split: str = "training"
    label: int = 0
    sha256: str = ""
    augmented_from: str | None = None


class Reject(NamedTuple):
    key: str
    reason: str = "blank"


def table(*images: Image) -> pa.Table:
    schema = pa.schema([SHARD.field(name) for name in IMAGES])
    return pa.Table.from_pylist([image._asdict() for image in images], schema=schema)


def rejects(*rows: Reject) -> pa.Table:
    schema = pa.schema([REJECT.field(name) for name in REJECTS])
    return pa.Table.from_pylist([row._asdict() | {"split": "training", "label": 0} for row in rows], schema=schema)


def keys(found: pa.Table, name: str = "key") -> list[str]:
    return list(found[name].to_pylist())


def tables(changes: Changes) -> dict[str, pa.Table]:
    return {name: found for name, found in vars(changes).items() if name != "counts"}
