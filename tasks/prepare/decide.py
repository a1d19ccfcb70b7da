"""What becomes of each image: decided once, over all chunks, from their summaries.

The order: flaws that staging found, votes, conflicting labels, equal pixels, near duplicates; then groups, splits,
folds and warped copies of what is left. Splits are fixed before anything is copied, so a copy never leaves its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.images.fingerprint import distance
from tasks.params import Prepare
from tasks.prepare import duplicates, lots
from tasks.prepare.duplicates import Rows
from tasks.prepare.summary import KEPT, Images, Staged, gather
from tasks.prepare.tally import Counts, counts, digest
from tasks.prepare.verdict import Original, Verdict, Votes
from tasks.schema import REASONS
from tasks.votes import Overlay, not_a_face

_NOT_A_FACE = REASONS.index("not_a_face")


@dataclass(frozen=True, eq=False)
class Decisions:
    """All chunks' verdicts and what they add up to.

    Attributes:
        chunks: in the order of their indices.
        found: images per split and emotion as the source has them.
        kept: the same after cleaning and splitting.
        copies: warped copies per split and emotion.
        folds: kept images per fold.
        facts: what stood several times.
        digests: split -> SHA-256 over its sorted pixel hashes with their labels: equal for equal images,
            whatever files they lie in.
        voted: kept images with votes, and how many of them carry the majority's label.
        warnings: what the user should know.
    """

    chunks: tuple[Verdict, ...]
    found: Counts
    kept: Counts
    copies: Counts
    folds: tuple[int, ...]
    facts: duplicates.Facts
    digests: dict[str, str]
    voted: tuple[int, int] | None
    warnings: tuple[str, ...]


def decide(staged: Iterable[Staged], prepare: Prepare, overlay: Overlay | None = None) -> Decisions:
    """Decide about every image.

    Within a split the first copy stays, by chunk and position; across splits the one that is tested on. Images of a
    test split are never left out for resembling another one.

    Args:
        staged: one entry per chunk, in any order.
        prepare: policies, shares, folds and targets.
        overlay: votes of several people.

    Raises:
        SourceError: the votes are of another data set.
    """
    staged = sorted(staged, key=lambda one: one.index)
    images = gather(staged)
    facts, found = duplicates.facts(images), counts(images.names, images.splits, images.labels)
    votes = None
    if overlay is not None:
        names = pa.array(images.names, pa.string()).take(pa.array(images.splits))
        votes = Votes.find(overlay, images.keys, names)
        images = _reject(images, not_a_face(votes.counts, prepare.clean.not_a_face), _NOT_A_FACE)
    images = _reject(images, duplicates.conflicting(images, prepare.clean.conflicts), duplicates.CONFLICT)

    official = prepare.split.by == "official"
    same = duplicates.same(images, official)
    repeated = _dropped(same, prepare.clean.duplicates, images.splits, official)
    images = duplicates.leave_out(images, repeated, official, duplicates.SAME)
    alike = duplicates.alike(images, prepare.clean.near_distance, official)
    groups = lots.groups(images, same, alike)
    resembling = _dropped(alike, prepare.clean.near_duplicates, images.splits, official)
    images = duplicates.leave_out(images, resembling, official, duplicates.ALIKE)

    kept = images.reasons == KEPT
    crossing = lots.crossing(groups[kept], images.splits[kept]) if official else 0
    images = lots.split(images, groups, kept, prepare.split)
    folds = lots.folds(images, groups, kept, prepare.split)
    copies = lots.copies(images, kept, prepare.fill)
    return Decisions(
        chunks=tuple(_cut(staged, images, np.maximum(repeated, resembling), groups, folds, copies, votes)),
        found=found,
        kept=counts(images.names, images.splits[kept], images.labels[kept]),
        copies=counts(images.names, images.splits, images.labels, copies),
        folds=tuple(np.bincount(folds[folds >= 0], minlength=prepare.split.folds).tolist()),
        facts=facts,
        digests={
            name: digest(images.words[here], images.labels[here])
            for number, name in enumerate(images.names)
            for here in [kept & (images.splits == number)]
        },
        voted=None if votes is None else _voted(votes, images, kept),
        warnings=tuple(_warnings(images, repeated, crossing)),
    )


def _reject(images: Images, leaving: npt.NDArray[np.bool_], reason: int) -> Images:
    """Give ``reason`` to those of ``leaving`` that have none yet."""
    return replace(images, reasons=np.where(leaving & (images.reasons == KEPT), reason, images.reasons).astype(np.int8))


def _dropped(preferred: Rows, policy: str, splits: Rows, official: bool) -> Rows:
    """``preferred`` where copies are to be dropped; -1 where they are kept."""
    if policy == "across" and official:
        return np.where((preferred >= 0) & (splits[preferred] != splits), preferred, -1)
    return preferred if policy == "drop" else np.full_like(preferred, -1)


def _voted(votes: Votes, images: Images, kept: npt.NDArray[np.bool_]) -> tuple[int, int]:
    shown = kept & votes.given
    return int(shown.sum()), int(np.count_nonzero(votes.majority[shown] == images.labels[shown]))


def _warnings(images: Images, repeated: Rows, crossing: int) -> Iterator[str]:
    copies = np.flatnonzero(repeated >= 0)
    if other := int(np.count_nonzero(images.labels[copies] != images.labels[repeated[copies]])):
        yield f"{other:,} duplicates carry another emotion than the copy that stayed"
    if crossing:
        yield (
            f"{crossing:,} groups stand in several of the data set's own splits. Set prepare.split.by: stratified to "
            "keep them together"
        )


def _cut(
    staged: Sequence[Staged],
    images: Images,
    preferred: Rows,
    groups: Rows,
    folds: npt.NDArray[np.int8],
    copies: npt.NDArray[np.int32],
    votes: Votes | None,
) -> Iterator[Verdict]:
    """The columns of the whole data set, chunk by chunk."""
    stop = 0
    for one in staged:
        start, stop = stop, stop + one.rows.num_rows
        here = slice(start, stop)
        yield Verdict(
            index=one.index,
            names=images.names,
            splits=images.splits[here].astype(np.int16),
            reasons=images.reasons[here],
            groups=lots.names(images, groups[here]),
            folds=folds[here],
            copies=copies[here],
            originals=_originals(images, start, preferred[here]),
            votes=None if votes is None else votes.part(start, stop),
        )


def _originals(images: Images, start: int, preferred: Rows) -> dict[int, Original]:
    rows = np.flatnonzero(preferred >= 0)
    first = preferred[rows]
    bits = distance(images.prints[start + rows], images.prints[first])
    columns = (
        rows.tolist(),
        images.keys.take(pa.array(first)).to_pylist(),
        images.splits[first].tolist(),
        images.labels[first].tolist(),
        bits.tolist(),
    )
    return {
        row: Original(key, images.names[split], label, apart)
        for row, key, split, label, apart in zip(*columns, strict=True)
    }
