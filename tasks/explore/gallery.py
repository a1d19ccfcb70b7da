"""The pictures of a report and what is said of each: rejects, sets of copies, disputed labels, samples."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.explore.agreement import COLUMNS, DISPUTED, OPEN, OTHERWISE
from tasks.explore.census import LABELS
from tasks.explore.copies import CopySet
from tasks.explore.pictures import Pool, uri
from tasks.explore.prepared import Prepared
from tasks.explore.scan import Scan
from tasks.schema import CHOICES, EMOTIONS, MEASURES, REASONS

Item = dict[str, Any]
Rows = Mapping[int, dict[str, Any]]
_REJECT: Final = ("key", "split", "label", "reason", "detail", "duplicate_of", *MEASURES, "votes", "image")
_KEPT: Final = (
    "key", "split", "label", *MEASURES, "votes", "majority", "entropy", "augmented_from", "augmentation", "image",
)  # fmt: skip
_BITS: Final = re.compile(r"(\d+)(?: of \d+)? bits?\b")


@dataclass(frozen=True)
class Gallery:
    """All that is shown picture by picture; a ``picture`` is a position in ``pictures``, -1 for none.

    Attributes:
        pictures: `data:` URIs.
        rejects: left-out images, by reason and in an order drawn by hash.
        copies: sets of an image that stayed and those left out for it.
        disputed: kept images that voters see otherwise or not alike; empty without votes.
        samples: emotion -> kept images.
        warped: emotion -> warped copies.
        bytes: emotion -> PNG of the samples; reason -> of the rejects.
    """

    pictures: tuple[str, ...]
    rejects: tuple[Item, ...]
    copies: tuple[Item, ...]
    disputed: tuple[Item, ...]
    samples: Mapping[str, tuple[Item, ...]]
    warped: Mapping[str, tuple[Item, ...]]
    bytes: Mapping[str, tuple[bytes, ...]]


def gather(prepared: Prepared, scan: Scan, pairs: int) -> Gallery:
    """Read the chosen rows with their pictures.

    Args:
        prepared: the folder.
        scan: what was chosen.
        pairs: most sets of copies per kind.

    Raises:
        SourceError: a table that cannot be read.
    """
    sets = scan.joined.sets(pairs)
    left_out = {reason: scan.gallery.places(number) for number, reason in enumerate(REASONS)}
    chosen = {emotion: scan.samples.places(label) for label, emotion in enumerate(EMOTIONS)}
    warped = {emotion: scan.copies.places(label) for label, emotion in enumerate(EMOTIONS)}
    kinds = {
        kind: [place for label in range(len(EMOTIONS)) for place in scan.agreement.shown.places(2 * label + stratum)]
        for kind, stratum in (("otherwise", OTHERWISE), ("disputed", DISPUTED))
    }
    rejected = prepared.rejects.rows([*_flat(left_out), *(place for one in sets for place in one.left_out)], _REJECT)
    kept = prepared.kept.rows(
        [*_flat(chosen), *_flat(warped), *_flat(kinds), *(one.kept for one in sets if one.kept >= 0)], _KEPT
    )
    pool = Pool()
    return Gallery(
        rejects=tuple(_reject(rejected[place], pool) for place in _flat(left_out)),
        copies=tuple(_set(one, kept, rejected, pool) for one in sets),
        disputed=tuple(
            {**_face(kept[place], pool), "kind": kind} for kind, places in kinds.items() for place in places
        ),
        samples={emotion: tuple(_sample(kept[place]) for place in places) for emotion, places in chosen.items()},
        warped={emotion: tuple(_sample(kept[place]) for place in places) for emotion, places in warped.items()},
        bytes={name: _bytes(rows, places) for rows, named in ((kept, chosen), (rejected, left_out))
               for name, places in named.items()},
        pictures=tuple(pool.uris),
    )  # fmt: skip


def bits(detail: str) -> int:
    """The distance in bits that ``detail`` states, -1 for none."""
    found = _BITS.search(detail)
    return int(found[1]) if found else -1


def _flat(named: Mapping[str, Sequence[int]]) -> list[int]:
    return [place for places in named.values() for place in places]


def _bytes(rows: Rows, places: Sequence[int]) -> tuple[bytes, ...]:
    return tuple(data for place in places if (data := (rows[place]["image"] or {}).get("bytes")))


def _sample(row: Mapping[str, Any]) -> Item:
    """A kept image whose picture stands in the markup."""
    return _face(row, Pool()) | {"picture": -1, "uri": uri((row["image"] or {}).get("bytes"))}


def _face(row: Mapping[str, Any], pool: Pool) -> Item:
    """A kept image."""
    item = _common(row, pool)
    if row["votes"]:
        item |= {"majority": row["majority"] or COLUMNS[OPEN], "entropy": round(row["entropy"] or 0.0, 2)}
    if row["augmented_from"]:
        item |= {"from": row["augmented_from"], "warp": row["augmentation"] or ""}
    return item


def _reject(row: Mapping[str, Any], pool: Pool) -> Item:
    return _common(row, pool) | {"reason": row["reason"], "detail": row["detail"], "of": row["duplicate_of"] or ""}


def _common(row: Mapping[str, Any], pool: Pool) -> Item:
    measured = [row[name] for name in MEASURES]
    return {
        "key": row["key"],
        "split": row["split"],
        "label": LABELS[row["label"]],
        "measures": None if None in measured else [float(f"{value:.4g}") for value in measured],
        "votes": _ballot(row["votes"]),
        "picture": pool.add((row["image"] or {}).get("bytes")),
    }


def _ballot(votes: Sequence[int] | None) -> list[tuple[str, int]]:
    """What was voted, most votes first."""
    named = zip(CHOICES, votes or (), strict=False)
    return sorted(((choice, count) for choice, count in named if count), key=lambda vote: -vote[1])


def _set(one: CopySet, kept: Rows, rejected: Rows, pool: Pool) -> Item:
    stayed = _face(kept[one.kept], pool) if one.kept >= 0 else None
    left = [_reject(rejected[place], pool) for place in one.left_out]
    left = [item | {"bits": bits(item["detail"])} for item in left]
    return {
        "kind": one.kind,
        "kept": stayed,
        "left": left,
        "more": one.more,
        "labels": "differ" if one.differ else "agree",
        "bits": max(item["bits"] for item in left),
    }
