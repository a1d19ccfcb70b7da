"""Which copy of equal faces stays and which faces become validation: decided once, over all chunks.

Equal means equal in all pixels after normalising. Only pixels decide, so the outcome is the same for any number
of workers and any order in which they finish.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.params import Prepare
from tasks.schema import EMOTIONS, REASONS

# What staging reports per image; `sha256` is that of the 48 x 48 pixels, null where there are none.
SUMMARY: Final = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        pa.field("sha256", pa.binary(32)),
        pa.field("reason", pa.string()),
    ]
)
KEPT: Final = -1
Counts = dict[str, dict[str, int]]  # split -> emotion -> images

_DUPLICATE = REASONS.index("duplicate")
_ACROSS = REASONS.index("duplicate_across_splits")


@dataclass(frozen=True, eq=False)
class Staged:
    """Outcome of one staged chunk: ``rows`` is a table of schema SUMMARY in the chunk's order."""

    index: int
    rows: Any


class Original(NamedTuple):
    """The copy that stayed."""

    key: str
    split: str
    label: int


@dataclass(frozen=True, eq=False)
class Decision:
    """What becomes of one chunk's images; picklable, a few bytes per image.

    Attributes:
        index: of the chunk.
        names: of all splits.
        splits: (n,) position in ``names``.
        reasons: (n,) position in ``schema.REASONS``, or KEPT.
        originals: position in the chunk -> the copy that stayed, for duplicates.
    """

    index: int
    names: tuple[str, ...]
    splits: npt.NDArray[np.int16]
    reasons: npt.NDArray[np.int8]
    originals: Mapping[int, Original] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Decisions:
    """All chunks' decisions and what they add up to.

    Attributes:
        chunks: in the order of their indices.
        found: images per split and emotion as the source has them.
        kept: the same after cleaning and carving.
        digests: split -> SHA-256 over its sorted pixel hashes with their labels: equal for equal images,
            whatever files they lie in.
        warnings: what the user should know.
    """

    chunks: tuple[Decision, ...]
    found: Counts
    kept: Counts
    digests: dict[str, str]
    warnings: tuple[str, ...] = ()


def decide(staged: Iterable[Staged], prepare: Prepare) -> Decisions:
    """Choose among duplicates, then carve ``validation`` out of ``training``.

    Within a split the first copy stays, by chunk and position. Across splits the copy that is tested on stays:
    private, then public, then any other split by name, then validation, then training. A face of ``training``
    moves to ``validation`` when its pixel hash, as a number in 0..1, is under ``prepare.validation``, unless the
    source has a split of that name.

    Args:
        staged: one entry per chunk, in any order.
        prepare: gives the share of validation.
    """
    ordered = sorted(staged, key=lambda one: one.index)
    rows = pa.concat_tables([SUMMARY.empty_table(), *(one.rows for one in ordered)])
    names, splits = _encoded(rows["split"])
    labels = rows["label"].to_numpy().astype(np.int64)
    hashes = _words(rows["sha256"])
    reasons = _reasons(rows["reason"])
    found = _counts(names, splits, labels)

    ranks = np.array(_ranks(names), np.int64)
    originals = _originals(rows["sha256"], ranks[splits], reasons)
    copies = np.flatnonzero(originals >= 0)
    same = splits[copies] == splits[originals[copies]]
    reasons[copies] = np.where(same, _DUPLICATE, _ACROSS)
    described = [
        Original(key, names[split], label)
        for key, split, label in zip(
            rows["key"].take(pa.array(originals[copies])).to_pylist(),
            splits[originals[copies]].tolist(),
            labels[originals[copies]].tolist(),
            strict=True,
        )
    ]
    conflicts = int(np.count_nonzero(labels[copies] != labels[originals[copies]]))

    kept = reasons == KEPT
    if "validation" not in names and "training" in names and prepare.validation:
        chosen = hashes[:, 0].astype(np.float64) / 2.0**64 < prepare.validation
        splits[kept & chosen & (splits == names.index("training"))] = len(names)
        names = (*names, "validation")
    return Decisions(
        tuple(_cut(ordered, names, splits, reasons, copies, described)),
        found,
        _counts(names, splits[kept], labels[kept]),
        {name: _digest(hashes[here], labels[here]) for n, name in enumerate(names) for here in [kept & (splits == n)]},
        (f"{conflicts:,} duplicates carry another emotion than the copy that stayed",) if conflicts else (),
    )


def _cut(
    ordered: Sequence[Staged],
    names: tuple[str, ...],
    splits: npt.NDArray[np.int64],
    reasons: npt.NDArray[np.int8],
    copies: npt.NDArray[np.int64],
    described: Sequence[Original],
) -> Iterator[Decision]:
    """The columns of the whole data set, chunk by chunk."""
    stop = 0
    for one in ordered:
        start, stop = stop, stop + one.rows.num_rows
        first, last = np.searchsorted(copies, (start, stop))
        positions = (copies[first:last] - start).tolist()
        yield Decision(
            one.index,
            names,
            splits[start:stop].astype(np.int16),
            reasons[start:stop],
            dict(zip(positions, described[first:last], strict=True)),
        )


def _encoded(column: Any) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Sorted distinct values, and the position of each row's among them."""
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    names = tuple(sorted(values))
    places = np.array([names.index(value) for value in values], np.int64)
    return names, places[encoded.indices.to_numpy()]


def _words(column: Any) -> npt.NDArray[np.uint64]:
    """(n, 4) big-endian words of (n,) hashes; zeros for null."""
    filled = column.combine_chunks().fill_null(bytes(32))
    raw = np.frombuffer(filled.buffers()[1] or b"", np.uint8)[32 * filled.offset : 32 * (filled.offset + len(filled))]
    return raw.view(">u8").reshape(-1, 4).astype(np.uint64)


def _reasons(column: Any) -> npt.NDArray[np.int8]:
    encoded = column.combine_chunks().dictionary_encode()
    # The extra last place is where null's KEPT points to.
    codes: npt.NDArray[np.int8] = np.array(
        [*(REASONS.index(value) for value in encoded.dictionary.to_pylist()), KEPT], np.int8
    )
    found: npt.NDArray[np.int8] = codes.take(encoded.indices.fill_null(len(codes) - 1).to_numpy())
    return found


def _ranks(names: tuple[str, ...]) -> list[int]:
    """Place of each split in the order in which copies stay; the lowest stays."""
    last = {"private": -2, "public": -1, "validation": 1, "training": 2}
    order = sorted(names, key=lambda name: (last.get(name, 0), name))
    return [order.index(name) for name in names]


def _originals(hashes: Any, ranks: npt.NDArray[np.int64], reasons: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """(n,) row of the copy that stays; -1 for rows that stay or that are rejected already."""
    # Codes stand for whole hashes: no reliance on a shortened one.
    codes = hashes.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64)
    candidates = np.flatnonzero((reasons == KEPT) & (codes >= 0))
    keys = codes[candidates] * (int(ranks.max(initial=0)) + 1) + ranks[candidates]
    rows = candidates[np.argsort(keys, kind="stable")]  # stable: by chunk and position among equals
    first = np.ones(len(rows), bool)
    first[1:] = codes[rows[1:]] != codes[rows[:-1]]
    leaders = rows[np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))]
    originals = np.full(len(codes), -1, np.int64)
    originals[rows[~first]] = leaders[~first]
    return originals


def _counts(names: tuple[str, ...], splits: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]) -> Counts:
    size = len(EMOTIONS)
    table = np.bincount(splits * size + labels, minlength=len(names) * size).reshape(-1, size)
    return {
        name: dict(zip(EMOTIONS, row, strict=True)) for name, row in zip(names, table.tolist(), strict=True) if any(row)
    }


def _digest(hashes: npt.NDArray[np.uint64], labels: npt.NDArray[np.int64]) -> str:
    """SHA-256 over (hash, label) pairs in the order of the hashes, of which 128 bits are plenty."""
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    pairs = np.empty((len(order), 33), np.uint8)
    pairs[:, :32] = hashes[order].astype(">u8").view(np.uint8).reshape(-1, 32)
    pairs[:, 32] = labels[order]
    return hashlib.sha256(pairs.tobytes()).hexdigest()
