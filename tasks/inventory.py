"""What a raw data set holds, before anything is decoded: the same for equal content, wherever it lies."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from tasks.params import Data, Votes
from tasks.prepare.tally import Counts
from tasks.prepare.tally import counts as tallied
from tasks.sources import SOURCES
from tasks.sources.source import Chunk
from tasks.votes import load

ROWS: Final = 4096  # images per chunk of the plan; the inventory is the same for any number


def take(data: Data) -> dict[str, Any]:
    """List the data set and its votes; no image is decoded.

    Returns:
        `source`: its kind. `fingerprint`: of its content. `images`: their number. `counts`: split -> emotion ->
        images, or None where only reading the images would tell. `votes`: None, or their `kind`, `rows` and `digest`.
        `warnings`: what the user should know.

    Raises:
        SourceError: the data set or the votes are missing, empty or not what they claim to be.
    """
    plan = SOURCES[data.source].plan(data, ROWS)
    return {
        "source": data.source,
        "fingerprint": plan.fingerprint,
        "images": sum(chunk.rows for chunk in plan.chunks),
        "counts": counts(plan.chunks),
        "votes": voted(data.votes),
        "warnings": list(plan.warnings),
    }


def counts(chunks: Iterable[Chunk]) -> Counts | None:
    """Images per split and emotion where the chunks name their files with split and label, else None.

    Images whose label is no emotion count as `unknown`.
    """
    found: Counter[tuple[str, int]] = Counter()
    for chunk in chunks:
        if len(chunk.members) != chunk.rows:
            return None
        found.update((member.split, member.label) for member in chunk.members)
    names = tuple(sorted({split for split, _ in found}))
    splits, labels = np.array([(names.index(split), label) for split, label in found], np.int64).reshape(-1, 2).T
    return tallied(names, splits, labels, np.array(list(found.values()), np.int32))


def voted(votes: Votes) -> dict[str, Any] | None:
    """What the files of votes hold, by their content."""
    overlay = load(votes)
    return None if overlay is None else {"kind": votes.kind, "rows": len(overlay.counts), "digest": overlay.digest}
