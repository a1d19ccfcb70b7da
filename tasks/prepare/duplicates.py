"""Which copy of equal faces stays, and which of similar ones. Equal means equal in all pixels after normalising.

Only pixels, labels and splits decide, so the outcome is the same for any number of workers and any order in which
they finish.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import near
from tasks.prepare.summary import KEPT, Images
from tasks.schema import EMOTIONS, REASONS

CONFLICT = REASONS.index("conflicting_labels")
SAME = (REASONS.index("duplicate"), REASONS.index("duplicate_across_splits"))
ALIKE = (REASONS.index("near_duplicate"), REASONS.index("near_duplicate_across_splits"))
LEARNT = ("training", "validation")  # splits that are not tested on at the end

Rows = npt.NDArray[np.int64]


class Facts(NamedTuple):
    """What stands several times in a data set, before anything is left out; blank images count like others.

    Attributes:
        groups: of images with equal pixels.
        images: in those groups.
        removable: images but one of each group.
        across_splits: groups with images in more than one split.
        conflicting_groups: groups with more than one label.
        conflicting_images: images in those.
    """

    groups: int
    images: int
    removable: int
    across_splits: int
    conflicting_groups: int
    conflicting_images: int


def facts(images: Images) -> Facts:
    """Count the groups of equal pixels among all images that decode and whose label is known."""
    rows = np.flatnonzero((images.codes >= 0) & (images.labels >= 0))
    codes = np.unique(images.codes[rows], return_inverse=True)[1]
    size = np.bincount(codes)
    several = size > 1
    crossing = several & (_kinds(codes, images.splits[rows]) > 1)
    conflicting = several & (_kinds(codes, images.labels[rows]) > 1)
    return Facts(
        groups=int(several.sum()),
        images=int(size[several].sum()),
        removable=int((size[several] - 1).sum()),
        across_splits=int(crossing.sum()),
        conflicting_groups=int(conflicting.sum()),
        conflicting_images=int(size[conflicting].sum()),
    )


def ranks(names: tuple[str, ...]) -> Rows:
    """Place of each split in the order in which copies stay, the lowest first.

    What is tested on stays: private, then public, then any other split by name, then validation, then training.
    """
    last = {"private": -2, "public": -1, "validation": 1, "training": 2}
    order = sorted(names, key=lambda name: (last.get(name, 0), name))
    return np.array([order.index(name) for name in names], np.int64)


def conflicting(images: Images, policy: str) -> npt.NDArray[np.bool_]:
    """(n,) images that leave because equal pixels carry different labels.

    ``drop``: all of them. ``majority``: those whose label isn't the one that more than half of the copies carry; with
    no such label, all. ``keep``: none; the copy that stays keeps its label.
    """
    leaving = np.zeros(len(images.labels), bool)
    rows = np.flatnonzero((images.reasons == KEPT) & (images.codes >= 0))
    if policy == "keep" or not len(rows):
        return leaving
    codes = np.unique(images.codes[rows], return_inverse=True)[1]
    votes = np.zeros((codes.max() + 1, len(EMOTIONS)), np.int64)
    np.add.at(votes, (codes, images.labels[rows]), 1)
    disputed = np.count_nonzero(votes, axis=1) > 1
    if policy == "majority":
        won = votes.max(axis=1) * 2 > votes.sum(axis=1)
        leaving[rows] = disputed[codes] & ~(won[codes] & (votes.argmax(axis=1)[codes] == images.labels[rows]))
    else:
        leaving[rows] = disputed[codes]
    return leaving


def same(images: Images, official: bool) -> Rows:
    """(n,) row of the equal image that stays; -1 for rows that stay or that are rejected already.

    Args:
        official: whether the source's splits hold; else they are of no account, and the first copy stays.
    """
    rank = _rank(images, official)
    candidates = np.flatnonzero((images.reasons == KEPT) & (images.codes >= 0))
    keys = images.codes[candidates] * (int(rank.max(initial=0)) + 1) + rank[candidates]
    rows = candidates[np.argsort(keys, kind="stable")]  # stable: by chunk and position among equals
    first = np.ones(len(rows), bool)
    first[1:] = images.codes[rows[1:]] != images.codes[rows[:-1]]
    leaders = rows[np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))]
    found = np.full(len(images.codes), -1, np.int64)
    found[rows[~first]] = leaders[~first]
    return found


def alike(images: Images, apart: int, official: bool) -> Rows:
    """(n,) row of the similar image that is preferred; -1 for none and for rows that are rejected already.

    Args:
        apart: bits of the perceptual hash that may differ; 0: nothing is similar.
        official: as for ``same``; images of a test split are never found similar then.
    """
    found = np.full(len(images.labels), -1, np.int64)
    rows = np.flatnonzero((images.reasons == KEPT) & (images.codes >= 0))
    if apart and len(rows):
        order = np.empty(len(rows), np.int64)
        order[np.argsort(_rank(images, official)[rows], kind="stable")] = np.arange(len(rows))
        stay = official & ~np.isin(images.names, LEARNT)[images.splits[rows]]
        leader = near.leaders(images.prints[rows], order, apart, stay)
        found[rows] = np.where(leader >= 0, rows[leader], -1)
    return found


def leave_out(images: Images, preferred: Rows, official: bool, reasons: tuple[int, int]) -> Images:
    """Reject rows for which another is ``preferred``: the first of ``reasons`` is for copies within a split."""
    rows = np.flatnonzero(preferred >= 0)
    within = (images.splits[rows] == images.splits[preferred[rows]]) | (not official)
    changed = images.reasons.copy()
    changed[rows] = np.where(within, *reasons)
    return replace(images, reasons=changed)


def _rank(images: Images, official: bool) -> Rows:
    """(n,) place in the order in which copies stay; the lowest does."""
    return ranks(images.names)[images.splits] if official else np.zeros(len(images.splits), np.int64)


def _kinds(codes: Rows, values: Rows) -> Rows:
    """How many different values each code has."""
    span = int(values.max(initial=0)) + 1
    pairs = np.unique(codes * span + values) // span
    return np.bincount(pairs, minlength=int(codes.max(initial=-1)) + 1)
