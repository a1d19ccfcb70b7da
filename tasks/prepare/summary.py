"""What staging says about each image, and all that is decided from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.images.fingerprint import PRINT_BYTES
from tasks.schema import REASONS

KEPT: Final = -1  # the reason of an image that stays

# `sha256` is that of the normalised pixels, `print` their perceptual hash; both null where there are no pixels.
SUMMARY: Final = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        pa.field("group", pa.string(), nullable=False),
        pa.field("sha256", pa.binary(32)),
        pa.field("print", pa.binary(PRINT_BYTES)),
        pa.field("reason", pa.string()),
    ]
)


@dataclass(frozen=True, eq=False)
class Staged:
    """Outcome of one staged chunk: ``rows`` is a table of schema SUMMARY in the chunk's order."""

    index: int
    rows: Any


@dataclass(frozen=True, eq=False)
class Images:
    """All images of a data set, by chunk and position.

    Attributes:
        keys: n strings, an Arrow array.
        names: of the splits, sorted.
        splits: (n,) position in ``names``.
        labels: (n,) position in EMOTIONS, or UNKNOWN.
        groups: (n,) number of the group that the source names, -1 for none.
        group_names: of those numbers.
        codes: (n,) number of the pixels: equal for equal pixels, -1 for none.
        words: (n, 4) big-endian words of the pixels' SHA-256; zeros for none.
        prints: (n, PRINT_BYTES) perceptual hashes; zeros for none.
        reasons: (n,) position in REASONS, or KEPT.
    """

    keys: Any
    names: tuple[str, ...]
    splits: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    groups: npt.NDArray[np.int64]
    group_names: tuple[str, ...]
    codes: npt.NDArray[np.int64]
    words: npt.NDArray[np.uint64]
    prints: npt.NDArray[np.uint8]
    reasons: npt.NDArray[np.int8]


def gather(staged: Iterable[Staged]) -> Images:
    """Put the chunks' summaries together, whatever order they come in."""
    ordered = sorted(staged, key=lambda one: one.index)
    rows = pa.concat_tables([SUMMARY.empty_table(), *(one.rows for one in ordered)])
    names, splits = _encoded(rows["split"])
    group_names, groups = _encoded(rows["group"])
    if group_names and not group_names[0]:  # sorted: the empty name, which stands for none, is the first
        group_names, groups = group_names[1:], groups - 1
    return Images(
        keys=rows["key"].combine_chunks(),
        names=names,
        splits=splits,
        labels=rows["label"].to_numpy().astype(np.int64),
        groups=groups,
        group_names=group_names,
        # Codes stand for whole hashes: no reliance on a shortened one.
        codes=rows["sha256"].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64),
        words=_fixed(rows["sha256"], 32).view(">u8").astype(np.uint64),
        prints=_fixed(rows["print"], PRINT_BYTES),
        reasons=_reasons(rows["reason"]),
    )


def _encoded(column: Any) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Sorted distinct values, and the position of each row's among them."""
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=values.__getitem__)
    places = np.empty(len(values), np.int64)
    places[order] = np.arange(len(values))
    return tuple(values[place] for place in order), places[encoded.indices.to_numpy()]


def _fixed(column: Any, width: int) -> npt.NDArray[np.uint8]:
    """(n, width) bytes of a fixed-size column; zeros for null."""
    filled = column.combine_chunks().fill_null(bytes(width))
    raw = np.frombuffer(filled.buffers()[1] or b"", np.uint8)
    return raw[width * filled.offset : width * (filled.offset + len(filled))].reshape(-1, width)


def _reasons(column: Any) -> npt.NDArray[np.int8]:
    encoded = column.combine_chunks().dictionary_encode()
    # The extra last place is where null's KEPT points to.
    places = np.array([*(REASONS.index(value) for value in encoded.dictionary.to_pylist()), KEPT], np.int8)
    found: npt.NDArray[np.int8] = places.take(encoded.indices.fill_null(len(places) - 1).to_numpy())
    return found
