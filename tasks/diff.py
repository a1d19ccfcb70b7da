"""What changed between two versions of a prepared data set: images matched one to one, by their pixels before names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.schema import EMOTIONS, REASONS

IMAGES: Final = ("key", "split", "label", "sha256", "augmented_from")  # columns of shards that are compared
REJECTS: Final = ("key", "split", "label", "reason")  # and of rejects

Rows = npt.NDArray[np.int64]


class Count(NamedTuple):
    """Images in one version and in the other."""

    before: int
    after: int


class Values(NamedTuple):
    """A parameter in one version and in the other; None: not there."""

    before: Any
    after: Any


@dataclass(frozen=True, eq=False)
class Changes:
    """Images of two versions; each lies in ``added``, in ``removed``, or is one image of both versions.

    Attributes:
        counts: split -> emotion -> images, for what either version has.
        added: key, split, label.
        removed: the same.
        renamed: same pixels under another key. Columns as in all tables of pairs: key_before, key, split_before,
            split, label_before, label.
        relabelled: pairs with another label.
        moved: pairs in another split.
        changed: same key, other pixels.
    """

    counts: dict[str, dict[str, Count]]
    added: pa.Table
    removed: pa.Table
    renamed: pa.Table
    relabelled: pa.Table
    moved: pa.Table
    changed: pa.Table


@dataclass(frozen=True, eq=False)
class Diff:
    """Two versions of a prepared data set.

    Attributes:
        images: its faces. ``added`` and ``removed`` have a column `reason` more: why the image was, or is now,
            rejected; null: it was, or is, not there at all.
        copies: the warped copies, apart: they come and go with their images.
        reasons: reason -> rejected images.
        rejected: newly rejected: key, split, label, reason, `kept`: the other version has it as an image.
        accepted: no longer rejected: the same columns.
        otherwise: rejected for another reason: key, split, label, reason_before, reason.
    """

    images: Changes
    copies: Changes
    reasons: dict[str, Count]
    rejected: pa.Table
    accepted: pa.Table
    otherwise: pa.Table


def diff(before: pa.Table, after: pa.Table, rejects_before: pa.Table, rejects_after: pa.Table) -> Diff:
    """Compare two versions.

    Args:
        before: columns IMAGES, in any order of rows.
        after: the same.
        rejects_before: columns REJECTS.
        rejects_after: the same.
    """
    (images, copies), (images_after, copies_after) = _apart(before), _apart(after)
    changes = compare(images, images_after)
    removed = changes.removed.append_column("reason", _reason_of(changes.removed, rejects_after))
    added = changes.added.append_column("reason", _reason_of(changes.added, rejects_before))
    gone, new = _matched(*_codes(rejects_before["key"], rejects_after["key"]))
    pairs = rejects_after.take(new).select(REJECTS[:3])
    pairs = pairs.append_column("reason_before", rejects_before["reason"].take(pa.array(gone)))
    pairs = pairs.append_column("reason", rejects_after["reason"].take(pa.array(new)))
    return Diff(
        replace(changes, added=added, removed=removed),
        compare(copies, copies_after),
        _reasons(rejects_before, rejects_after),
        _with_kept(_without(rejects_after, new, REJECTS), images),
        _with_kept(_without(rejects_before, gone, REJECTS), images_after),
        pairs.filter(pc.not_equal(pairs["reason_before"], pairs["reason"])),
    )


def compare(before: pa.Table, after: pa.Table) -> Changes:
    """Match the images of two tables one to one: by key and pixels, by pixels and label, by pixels, then by key.

    Pixels go before keys: rows of a CSV are keyed by their number and files by their folder, so that one more row or
    a corrected label would otherwise look like changed pixels, or like other images. Among equals the n-th of one
    table meets the n-th of the other, so keys and pixels may repeat.
    """
    old, new = _pairs(before, after)
    first, second = before.take(old), after.take(new)
    pairs = pa.table(
        {
            name + suffix: table[name]
            for name in ("key", "split", "label")
            for table, suffix in ((first, "_before"), (second, ""))
        }
    )
    differs = {name: pc.not_equal(first[name], second[name]) for name in ("key", "split", "label", "sha256")}
    return Changes(
        _counts(before, after),
        _without(after, new, IMAGES[:3]),
        _without(before, old, IMAGES[:3]),
        pairs.filter(differs["key"]),
        pairs.filter(differs["label"]),
        pairs.filter(differs["split"]),
        pairs.filter(differs["sha256"]),
    )


def parameters(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Values]:
    """What differs between two nested mappings, by dotted names."""
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    names = sorted(old.keys() | new.keys())
    return {name: Values(old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _flat(group: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in group.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(prefix + name, value)]
    return found


def _apart(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Images and their warped copies."""
    original = table["augmented_from"].is_null()
    return table.filter(original), table.filter(pc.invert(original))


def _pairs(before: pa.Table, after: pa.Table) -> tuple[Rows, Rows]:
    """Rows of ``before`` and of ``after`` that are the same image."""
    keys, pixels = (_codes(before[name], after[name]) for name in ("key", "sha256"))
    labels = before["label"].to_numpy(), after["label"].to_numpy()
    old, new = np.arange(len(before)), np.arange(len(after))
    found: list[tuple[Rows, Rows]] = []
    for one, other in (_joint(keys, pixels), _joint(pixels, labels), pixels, keys):
        first, second = _matched(one[old], other[new])
        found.append((old[first], new[second]))
        old, new = np.delete(old, first), np.delete(new, second)
    return np.concatenate([first for first, _ in found]), np.concatenate([second for _, second in found])


def _codes(before: pa.ChunkedArray, after: pa.ChunkedArray) -> tuple[Rows, Rows]:
    """Numbers that are equal where two text columns are."""
    both = pa.chunked_array([*before.chunks, *after.chunks], pa.string()).combine_chunks()
    codes = both.dictionary_encode().indices.to_numpy().astype(np.int64)
    return codes[: len(before)], codes[len(before) :]


def _joint(one: tuple[Rows, Rows], other: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    """Numbers that are equal where both are; all are at least 0."""
    size = 1 + max(codes.max(initial=0) for codes in other)
    return one[0] * size + other[0], one[1] * size + other[1]


def _matched(before: Rows, after: Rows) -> tuple[Rows, Rows]:
    """Positions of equal values, the n-th of a value with the n-th."""
    values, codes = np.unique(np.concatenate([before, after]), return_inverse=True)
    first, second = (_nth(part) * len(values) + part for part in (codes[: len(before)], codes[len(before) :]))
    _, one, other = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    return one, other


def _nth(codes: Rows) -> Rows:
    """How many equal values stand before each."""
    order = np.argsort(codes, kind="stable")
    ranked, places = codes[order], np.arange(len(codes))
    starts = np.r_[True, ranked[1:] != ranked[:-1]][: len(codes)]
    nth = np.empty(len(codes), np.int64)
    nth[order] = places - np.maximum.accumulate(np.where(starts, places, 0))
    return nth


def _without(table: pa.Table, rows: Rows, names: tuple[str, ...]) -> pa.Table:
    return table.select(names).take(np.delete(np.arange(len(table)), rows))


def _reason_of(images: pa.Table, rejects: pa.Table) -> pa.ChunkedArray:
    """Why images are among ``rejects``; null: they are not."""
    return rejects["reason"].take(pc.index_in(images["key"], rejects["key"]))


def _with_kept(rejects: pa.Table, images: pa.Table) -> pa.Table:
    return rejects.append_column("kept", pc.is_in(rejects["key"], images["key"]))


def _counts(before: pa.Table, after: pa.Table) -> dict[str, dict[str, Count]]:
    old, new = (_grouped(table, ["split", "label"]) for table in (before, after))
    counts: dict[str, dict[str, Count]] = {}
    for split, label in sorted(old.keys() | new.keys()):
        counts.setdefault(split, {})[EMOTIONS[label]] = Count(old.get((split, label), 0), new.get((split, label), 0))
    return counts


def _reasons(before: pa.Table, after: pa.Table) -> dict[str, Count]:
    old, new = (_grouped(table, ["reason"]) for table in (before, after))
    found = [reason for reason in REASONS if (reason,) in old or (reason,) in new]
    return {reason: Count(old.get((reason,), 0), new.get((reason,), 0)) for reason in found}


def _grouped(table: pa.Table, names: list[str]) -> dict[tuple[Any, ...], int]:
    rows = table.group_by(names).aggregate([([], "count_all")]).to_pylist()
    return {tuple(row[name] for name in names): row["count_all"] for row in rows}
