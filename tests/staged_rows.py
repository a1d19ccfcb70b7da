"""Staged chunks made of a few words a row, and what is decided of them."""

import hashlib
from collections.abc import Sequence

import pyarrow as pa

from tasks.images.fingerprint import PRINT_BYTES
from tasks.params import Clean, Prepare, Split
from tasks.prepare.decide import Decisions
from tasks.prepare.summary import KEPT, SUMMARY, Staged
from tasks.schema import REASONS

Row = tuple[str, str, int, bytes | None, str | None]
KEEP = Clean(conflicts="keep")


def carving(validation: float, clean: Clean = KEEP) -> Prepare:
    return Prepare(clean=clean, split=Split(validation=validation))


NO_VALIDATION = carving(0.0)


def pixel_hash(seed: int) -> bytes:
    return hashlib.sha256(str(seed).encode()).digest()


def staged(*chunks: Sequence[Row]) -> list[Staged]:
    """Chunks of (key, split, label, pixels, reason); a key such as `anna:3` is of the group `anna`."""
    return [
        Staged(
            index,
            pa.Table.from_pylist(
                [
                    {
                        "key": key,
                        "split": split,
                        "label": label,
                        "group": key.partition(":")[0] if ":" in key else "",
                        "sha256": pixels,
                        "print": pixels and hashlib.shake_256(pixels).digest(PRINT_BYTES),
                        "reason": reason,
                    }
                    for key, split, label, pixels, reason in rows
                ],
                SUMMARY,
            ),
        )
        for index, rows in enumerate(chunks)
    ]


def outcome(decisions: Decisions) -> list[list[str]]:
    """Per chunk and row: the split it ends in, or the reason why not."""
    return [
        [
            chunk.names[split] if reason == KEPT else REASONS[reason]
            for split, reason in zip(chunk.splits, chunk.reasons, strict=True)
        ]
        for chunk in decisions.chunks
    ]
