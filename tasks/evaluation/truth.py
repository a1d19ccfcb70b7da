"""What counts as right: the data set's own word, or what most of several people see.

Source: Barsoum et al., Training deep networks for facial expression recognition with crowd-sourced label distribution,
ICMI 2016, whose majority voting this is, with its rule that a majority is at least half of the votes.
"""

from dataclasses import replace
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import votes as counting
from tasks.bundle import Card
from tasks.dataset import Split
from tasks.errors import ParamsError, SourceError
from tasks.schema import CHOICES, EMOTIONS, UNKNOWN

Name = Literal["labels", "votes"]
Labels = npt.NDArray[np.int64]
Votes = npt.NDArray[np.int16]

PROTOCOL: Final = (
    "An image counts where its most frequent choice is one of the seven emotions, untied, and has at least half of all "
    "its votes. All others are left out: no_votes, tied, under_half, or by their most frequent choice."
)


class Truth(NamedTuple):
    """The truth about n images.

    Attributes:
        name: labels (the data set's word) or votes.
        labels: (n,) indices into EMOTIONS; UNKNOWN for an image that doesn't count.
        left_out: reason -> images that don't count.
    """

    name: Name
    labels: Labels
    left_out: dict[str, int]

    @property
    def counts(self) -> npt.NDArray[np.bool_]:
        """(n,) whether each image counts."""
        return np.asarray(self.labels != UNKNOWN)


def named(wanted: Literal["labels", "votes", "auto"], card: Card, votes: Votes | None) -> Name:
    """Which truth ``wanted`` means: auto is votes for a model that learnt votes, where there are some.

    Raises:
        ParamsError: votes are asked for, and there are none.
    """
    known = votes is not None and bool(votes.any())
    if wanted == "votes" and not known:
        raise ParamsError(
            "evaluate.truth: votes, and nobody voted on these images. Name the votes (data.votes; of a prepared folder "
            "when it is prepared), or use evaluate.truth: labels"
        )
    if wanted == "auto":
        return "votes" if known and card.truth == "votes" else "labels"
    return wanted


def of(name: Name, labels: Labels, votes: Votes | None) -> Truth:
    """The truth called ``name`` about n images.

    Args:
        labels: (n,) the data set's word.
        votes: (n, len(CHOICES)); needed for ``votes`` alone.

    Raises:
        SourceError: not one image counts.
    """
    if name == "labels" or votes is None:
        return Truth("labels", labels, {})
    found = by_votes(votes)
    if not found.counts.any():
        said = ", ".join(f"{reason} {count:,}" for reason, count in found.left_out.items())
        raise SourceError(f"evaluate.truth: votes: of {len(labels):,} images not one counts: {said}")
    return found


def by_votes(votes: Votes) -> Truth:
    """The truth of (n, len(CHOICES)) votes, by PROTOCOL."""
    total, most = votes.sum(axis=1), counting.majority(votes).astype(np.int64)
    chosen = votes.max(axis=1)
    emotion = (most >= 0) & (most < len(EMOTIONS))
    reasons = {
        "no_votes": total == 0,
        "tied": (most < 0) & (total > 0),
        **{CHOICES[place]: most == place for place in range(len(EMOTIONS), len(CHOICES))},
        "under_half": emotion & (2 * chosen < total),
    }
    left = np.any(list(reasons.values()), axis=0)
    counted = {reason: int(rows.sum()) for reason, rows in reasons.items() if rows.any()}
    return Truth("votes", np.where(left, UNKNOWN, most), counted)


def judged(split: Split, name: Name) -> Split:
    """``split`` with that truth as its labels, and only the images that count.

    Raises:
        SourceError: as `of`.
    """
    truth = of(name, split.labels, split.votes)
    if truth.name == "labels":
        return split
    rows = truth.counts
    places = np.flatnonzero(rows).tolist()
    return replace(
        split,
        images=split.images[rows],
        labels=truth.labels[rows],
        keys=[split.keys[place] for place in places],
        groups=[split.groups[place] for place in places],
        folds=split.folds[rows],
        votes=split.votes[rows],
        copies=split.copies[rows],
    )
