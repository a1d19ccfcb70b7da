"""The pictures in a column of a table: bytes, Hugging Face's pairs of bytes and path, or paths and URLs."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.errors import DecodeError, MediaError, RefusedError
from tasks.sources import store
from tasks.sources.folder import too_large
from tasks.sources.remote import Piece
from tasks.sources.source import LIMIT
from tasks.sources.tables import DAMAGED, Table

Content = bytes | MediaError


def pictures(table: Table, part: int, name: str, skip: int, rows: int, root: str) -> Iterator[Content]:
    """Exactly ``rows`` pictures of one part after the first ``skip``, or what is wrong with each.

    Args:
        root: folder of the table, which paths are relative to.
    """
    top = "" if store.is_url(root) else os.path.realpath(root)
    given = 0
    try:
        for values in _values(table, part, name, skip, skip + rows):
            wanted = [_wanted(value, root, top) for value in values]
            fetched = store.fetch([one for one in wanted if isinstance(one, Piece)])
            for one in wanted:
                given += 1
                yield next(fetched) if isinstance(one, Piece) else one
        lost = f"part {part} of the table has fewer rows than it says"
    except DAMAGED as error:
        lost = f"part {part} of the table is damaged: {store.why(error)}"
    yield from (DecodeError(lost) for _ in range(rows - given))


def _values(table: Table, part: int, name: str, start: int, stop: int) -> Iterator[Sequence[Any]]:
    """Cells of the rows from ``start`` to before ``stop``, some at a time."""
    at = 0
    for batch in table.batches(part, name):
        first, last = max(start - at, 0), min(stop - at, len(batch))
        if first < last:
            yield batch.slice(first, last - first).to_pylist()
        at += len(batch)
        if at >= stop:
            return


def _wanted(value: Any, root: str, top: str) -> Content | Piece:
    """A cell's picture, or where it lies."""
    if isinstance(value, dict):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value if len(value) <= LIMIT else too_large(len(value))
    if not value:
        return DecodeError("the table has no picture here")
    try:
        name = store.below(root, str(value))
    except RefusedError as error:
        return error
    return store.pointed(root, name, top)
