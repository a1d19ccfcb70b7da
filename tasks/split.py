"""Which part each image goes to: groups stay whole, each part sees every emotion in its share, and hashes decide.

Nothing depends on the order of rows or on how they were chunked, and a few images more move few others: most images
and groups go where their own hash points, whatever else there is.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.errors import ParamsError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

_GAMMA: Final = 0x9E3779B97F4A7C15  # 2^64 by the golden ratio, odd
_ROUNDING: Final = 1e-9  # images; shares such as 0.1 are not exact


def components(n: int, *keys: Ints) -> Ints:
    """Join groupings: rows that are connected by equal keys, also over other rows, are one component.

    Args:
        n: number of rows.
        keys: (n,) each; rows of the same value belong together, -1 for a row without a key.

    Returns:
        (n,) smallest row of each row's component.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for key in keys:
        rows = np.flatnonzero(key >= 0)
        _, first, place = np.unique(key[rows], return_index=True, return_inverse=True)
        ends.append((rows, rows[first[place]]))
    here, there = (np.concatenate(side) for side in zip(*ends, strict=True))
    graph = coo_array((np.ones(len(here), np.int8), (here, there)), shape=(n, n))
    _, found = connected_components(graph, directed=False)
    _, first, place = np.unique(found, return_index=True, return_inverse=True)
    return np.asarray(first[place], np.int64)


def mixed(hashes: Hashes, seed: int) -> Hashes:
    """Another uniform hash per hash: a permutation of all 64-bit words for each ``seed`` >= 0.

    The finaliser of Steele et al., "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014 (SplitMix64).

    Args:
        hashes: (n,) of any distribution.
        seed: by it the same images are divided another way; assignments with different seeds are independent.
    """
    words = hashes + np.uint64((seed + 1) * _GAMMA % 2**64)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def assign(groups: Ints, labels: Ints, hashes: Hashes, shares: Sequence[float]) -> Ints:
    """Divide rows into parts so that no group is in two, and each label's rows follow ``shares``.

    A part's deficit of a label is how many of its rows the part still lacks. Groups of several rows come first, the
    largest first, and of equal ones that with the smallest hash first. Each goes to the part that its smallest hash,
    mixed, points to (parts are pointed to as often as their shares say) if it lacks at least so many rows of every
    label that the group holds. Otherwise the group goes to the part p with the largest sum over its labels l of
    rows(group, l) * deficit(p, l) / rows(l)^2, of equal parts the first: where it lowers most the squared deficits, as
    shares of their labels. (Were all groups placed that way, a few images more would move most groups.) Rows alone in
    their group then fill what is left: those of a label, in the order of their hashes, are cut where the deficits
    (those over 0, scaled to the number of rows) say.

    So a label all of whose groups are single rows is within one row of its share in each part, and one whose groups
    hold no other label is over its share by less than its largest group. Where a few large groups hold most of a
    label, parts are as uneven as those groups.

    Args:
        groups: (n,) equal for rows that must stay together, such as ``components``.
        labels: (n,) what is balanced.
        hashes: (n,) uniform, from the pixels (see ``mixed``). Where rows of two groups have the same hash and label,
            the order of rows may decide between them: equal pixels belong in one group.
        shares: relative size of each part; a part of share 0 gets nothing.

    Returns:
        (n,) position in ``shares``.

    Raises:
        ParamsError: no share is over 0, or one is under 0.
    """
    edges = _edges(shares)
    _, labels = np.unique(labels, return_inverse=True)
    _, groups, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    deficits = np.outer(np.diff(edges), np.bincount(labels))
    several = sizes[groups] > 1
    parts = np.empty(len(groups), np.int64)
    parts[several] = _whole(groups[several], labels[several], hashes[several], edges, deficits)
    parts[~several] = _alone(labels[~several], hashes[~several], deficits)
    return parts


def _edges(shares: Sequence[float]) -> Floats:
    """(parts + 1,) where each part begins and the last one ends, 0 .. 1."""
    total = sum(shares)
    if not total > 0 or min(shares) < 0:
        raise ParamsError(f"prepare.split.shares: at least one must be over 0 and none under it, found {list(shares)}")
    return np.asarray(np.cumsum([0.0, *shares]) / total)


def _whole(groups: Ints, labels: Ints, hashes: Hashes, edges: Floats, deficits: Floats) -> Ints:
    """(n,) part of each row of groups of several; takes what is given from ``deficits`` (parts, labels)."""
    by_hash = np.argsort(hashes, kind="stable")
    _, first, place, sizes = np.unique(groups[by_hash], return_index=True, return_inverse=True, return_counts=True)
    smallest = hashes[by_hash[first]]
    order = np.lexsort((smallest, -sizes))
    turns = np.argsort(order)[place]
    wanted = np.searchsorted(edges[1:-1], mixed(smallest[order], 0) / 2.0**64, side="right")
    parts = np.empty(len(groups), np.int64)
    parts[by_hash] = _placed(turns, labels[by_hash], wanted, deficits)[turns]
    return parts


def _placed(turns: Ints, labels: Ints, wanted: Ints, deficits: Floats) -> Ints:
    """(groups,) part of each group, in turn.

    Args:
        turns: (n,) of each row's group, from 0.
        labels: (n,)
        wanted: (groups,) where each one's hash points to.
        deficits: (parts, labels), updated.
    """
    # One entry per group and label, group after group.
    width = deficits.shape[1]
    entries, rows = np.unique(turns * width + labels, return_counts=True)
    stops = np.cumsum(np.bincount(entries // width, minlength=len(wanted))).tolist()
    held = list(zip((entries % width).tolist(), rows.tolist(), strict=True))
    totals = deficits.sum(0)
    weights = (1 / (totals * totals)).tolist()

    # Plain lists: a group holds few labels, where a call of numpy costs more than the arithmetic.
    lacking, parts = deficits.tolist(), wanted.tolist()
    start = 0
    for turn, stop in enumerate(stops):
        group = held[start:stop]
        start = stop
        if any(lacking[parts[turn]][label] < count - _ROUNDING for label, count in group):
            gains = [sum(count * part[label] * weights[label] for label, count in group) for part in lacking]
            parts[turn] = gains.index(max(gains))
        for label, count in group:
            lacking[parts[turn]][label] -= count
    deficits[:] = lacking
    return np.array(parts, np.int64)


def _alone(labels: Ints, hashes: Hashes, deficits: Floats) -> Ints:
    """(n,) part of each row: cuts through each label's rows in the order of their hashes."""
    order = np.lexsort((hashes, labels))
    counts = np.bincount(labels, minlength=deficits.shape[1])
    stops = np.cumsum(counts)
    parts = np.empty(len(labels), np.int64)
    for label in np.flatnonzero(counts):
        count = counts[label]
        cuts = np.cumsum(np.maximum(deficits[:, label], 0))
        drawn = np.searchsorted(cuts[:-1] * (count / cuts[-1]), np.arange(count) + 0.5, side="right")
        parts[order[stops[label] - count : stops[label]]] = drawn
    return parts
