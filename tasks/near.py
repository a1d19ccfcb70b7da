"""Which images resemble one that is preferred, without comparing each with each.

Hashes are put into tables by some of their bits; those that agree in all bits of a table's key meet there and are
compared in full. Two hashes d bits apart of 252 meet in a table of b bits with chance (1 - d / 252) ** b; with TABLES
tables few miss each other in all. After each table, only the images that still stand go on to the next, so the work
shrinks as copies are found.

Source: Indyk and Motwani, Approximate nearest neighbors, STOC 1998 (bit sampling).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.images.fingerprint import distance

TABLES: Final = 48
KEY_BITS: Final = 20
WINDOW: Final = 256  # neighbours in a table that an image is compared with at most

_SEED = 20101998
_BLOCK = 1 << 21  # pairs that are compared at a time

Rows = npt.NDArray[np.int64]


def leaders(prints: npt.NDArray[np.uint8], order: Rows, apart: int, stay: npt.NDArray[np.bool_] | bool = False) -> Rows:
    """(n,) row of the image that stands for each image, -1 for those that stand for themselves.

    An image that is led lies within ``apart`` bits of its leader, which leads itself and is preferred to it; two
    images that lead themselves are not within ``apart`` bits as far as the tables show, unless both ``stay``.

    Args:
        prints: (n, PRINT_BYTES) hashes.
        order: (n,) rank, the lowest is preferred; a permutation.
        apart: bits.
        stay: (n,) images that lead themselves whatever they resemble.
    """
    stay = np.broadcast_to(stay, len(prints)).copy()
    found = np.full(len(prints), -1, np.int64)
    open_rows = np.arange(len(prints))
    while len(open_rows):
        for key in _keys():
            open_rows = _thin(prints, order, apart, stay, found, open_rows, key)
        stay[open_rows] = True
        open_rows = _orphans(prints, apart, found)
        found[open_rows] = -1
        if len(open_rows):  # they meet each other, and those that stand already
            open_rows = np.flatnonzero(found < 0)
    return found


def _keys() -> list[npt.NDArray[np.int64]]:
    """Positions of the bits of each table's key, each of another frequency; the middle levels turn least by chance."""
    random = np.random.default_rng(_SEED)
    return [random.permutation(36)[:KEY_BITS] * 7 + random.integers(2, 5, KEY_BITS) for _ in range(TABLES)]


def _thin(
    prints: npt.NDArray[np.uint8],
    order: Rows,
    apart: int,
    stay: npt.NDArray[np.bool_],
    found: Rows,
    rows: Rows,
    key: Rows,
) -> Rows:
    """Let the images ``rows`` meet in the table ``key``; note who is led in ``found``, return who isn't."""
    bits = (prints[rows][:, key >> 3] >> (7 - (key & 7)).astype(np.uint8)) & 1
    words = (bits.astype(np.float64) @ np.exp2(np.arange(len(key)))).astype(np.int64)  # exact, and faster than in int64
    by_key = np.lexsort((order[rows], words))
    rows, words = rows[by_key], words[by_key]
    better, worse = _pairs(prints, rows, words, apart, stay)
    _lead(better, worse, order, found, stay)
    return rows[found[rows] < 0]


def _pairs(
    prints: npt.NDArray[np.uint8], rows: Rows, words: Rows, apart: int, stay: npt.NDArray[np.bool_]
) -> tuple[Rows, Rows]:
    """Pairs (preferred, other) of ``rows`` with the same word that lie within ``apart`` bits and don't both stay."""
    better, worse = [], []
    at = np.arange(len(rows))
    for step in range(1, WINDOW + 1):
        at = at[at + step < len(rows)]
        at = at[words[at] == words[at + step]]
        if not len(at):
            break
        for start in range(0, len(at), _BLOCK):
            first, second = rows[at[start : start + _BLOCK]], rows[at[start : start + _BLOCK] + step]
            close = (distance(prints[first], prints[second]) <= apart) & ~(stay[first] & stay[second])
            first, second = first[close], second[close]
            turned = stay[second]  # who stays is preferred
            better.append(np.where(turned, second, first))
            worse.append(np.where(turned, first, second))
    return np.concatenate([*better, at[:0]]), np.concatenate([*worse, at[:0]])


def _lead(better: Rows, worse: Rows, order: Rows, found: Rows, stay: npt.NDArray[np.bool_]) -> None:
    """Go through the pairs as if image by image, the preferred first: who has a leader that stands is led by it."""
    ranked = np.argsort(order[better], kind="stable")
    better, worse = better[ranked], worse[ranked]
    stands = stay.copy()
    while len(better):
        sure = stands[better]
        led, first = np.unique(worse[sure], return_index=True)
        found[led] = better[sure][first]  # of several, the preferred
        left = (found[worse] < 0) & (found[better] < 0)
        better, worse = better[left], worse[left]
        waiting = np.zeros(len(found), bool)
        waiting[worse] = True
        stands[better[~waiting[better]]] = True


def _orphans(prints: npt.NDArray[np.uint8], apart: int, found: Rows) -> Rows:
    """Hand those whose leader came to be led on to its leader; return whom that one is too far from."""
    led = np.flatnonzero(found >= 0)
    root = found[led]
    while (again := found[root] >= 0).any():
        root = np.where(again, found[root], root)
    moved = root != found[led]
    far = np.zeros(len(led), bool)
    far[moved] = distance(prints[led[moved]], prints[root[moved]]) > apart
    found[led[~far]] = root[~far]
    return led[far]
