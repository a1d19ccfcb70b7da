"""Groups that stay together, and what is drawn by lot: splits, folds, who is copied. The lots are pixel hashes."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks import fill
from tasks import split as parts
from tasks.params import Fill, Split
from tasks.prepare.duplicates import LEARNT, Rows
from tasks.prepare.summary import KEPT, Images


def groups(images: Images, same: Rows, alike: Rows) -> Rows:
    """(n,) the smallest row that an image is bound to, by the source's group, by equal and by similar pixels.

    Args:
        same: (n,) row of the equal image that stays, or -1.
        alike: (n,) row of the similar image that is preferred, or -1.
    """
    rows = np.arange(len(images.labels))
    # A picture that was at fault itself, such as a blank one, says nothing about whom it shows.
    usable = (images.reasons == KEPT) | (same >= 0)
    return parts.components(
        len(rows),
        np.where(usable, images.groups, -1),
        np.where(same >= 0, same, rows),
        np.where(alike >= 0, alike, rows),
    )


def names(images: Images, groups: Rows) -> Any:
    """Names of ``groups``: the source's word for the group of its first image, else that image's key."""
    words = pa.array([*images.group_names, None], pa.string())
    own = words.take(pa.array(np.where(images.groups[groups] < 0, len(words) - 1, images.groups[groups])))
    return pc.coalesce(own, images.keys.take(pa.array(groups)))


def crossing(groups: Rows, splits: Rows) -> int:
    """How many groups have images in more than one split."""
    pairs = np.unique(groups * (int(splits.max(initial=0)) + 1) + splits) // (int(splits.max(initial=0)) + 1)
    return int(np.count_nonzero(np.unique(pairs, return_counts=True)[1] > 1))


def split(images: Images, groups: Rows, kept: npt.NDArray[np.bool_], wanted: Split) -> Images:
    """Give the ``kept`` images their splits: new ones, or `validation` carved out of the source's `training`.

    A source with a split `validation` keeps its own. Groups stay in one split, unless ``wanted.together`` is off.
    """
    if wanted.by == "stratified":
        shares, rows = dict(sorted(wanted.shares.items())), kept
    elif "validation" in images.names or "training" not in images.names or not wanted.validation:
        return images
    else:
        shares = {"training": 1 - wanted.validation, "validation": wanted.validation}
        rows = kept & (images.splits == images.names.index("training"))
    every = tuple(sorted({*images.names, *shares}))
    moved = np.array([every.index(name) for name in images.names], np.int64)[images.splits]
    bound, hashes = _lots(images, groups, wanted.together, wanted.seed)
    drawn = parts.assign(bound[rows], images.labels[rows], hashes[rows], list(shares.values()))
    moved[rows] = np.array([every.index(name) for name in shares], np.int64)[drawn]
    return Images(**(vars(images) | {"names": every, "splits": moved}))


def folds(images: Images, groups: Rows, kept: npt.NDArray[np.bool_], wanted: Split) -> npt.NDArray[np.int8]:
    """(n,) fold of each kept image that is learnt from; -1 for the others and where no folds are wanted."""
    found = np.full(len(images.labels), -1, np.int8)
    if wanted.folds:
        rows = kept & np.isin(images.names, LEARNT)[images.splits]
        # Another seed, for another order than that of the splits.
        bound, hashes = _lots(images, groups, wanted.together, wanted.seed + 1)
        found[rows] = parts.assign(bound[rows], images.labels[rows], hashes[rows], [1 / wanted.folds] * wanted.folds)
    return found


def copies(images: Images, kept: npt.NDArray[np.bool_], wanted: Fill) -> npt.NDArray[np.int32]:
    """(n,) how many warped copies each image of `training` gets."""
    found = np.zeros(len(images.labels), np.int32)
    if wanted.target and "training" in images.names:
        rows = kept & (images.splits == images.names.index("training"))
        found[rows] = fill.copies(images.labels[rows], _hashes(images, wanted.seed + 2)[rows], wanted.target)
    return found


def _lots(images: Images, groups: Rows, together: bool, seed: int) -> tuple[Rows, npt.NDArray[np.uint64]]:
    """(n,) what is bound to what, and a lot each; where nothing is bound, equal pixels have lots of their own too."""
    hashes = _hashes(images, seed)
    if together:
        return groups, hashes
    rows = np.arange(len(groups))
    return rows, parts.mixed(hashes ^ parts.mixed(rows.astype(np.uint64), seed), seed)


def _hashes(images: Images, seed: int) -> npt.NDArray[np.uint64]:
    """(n,) lots: the pixels' hashes, others for each seed."""
    return parts.mixed(images.words[:, 0], seed)
