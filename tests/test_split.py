from collections import Counter
from collections.abc import Callable
from random import Random
from time import perf_counter

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import ParamsError
from tasks.split import Hashes, Ints, assign, components, mixed

THREE = (0.8, 0.1, 0.1)
FER = np.array([3995, 436, 4097, 7215, 4965, 4830, 3171]) / 28709  # shares of FER-2013's emotions


def _ints(*values: int) -> Ints:
    return np.array(values, np.int64)


def _faces(n: int, seed: int = 0) -> tuple[Ints, Hashes]:
    """Labels and hashes."""
    random = np.random.default_rng(seed)
    return random.choice(7, n, p=FER), random.integers(0, 2**64, n, np.uint64)


def _table(parts: Ints, labels: Ints, shares: int) -> npt.NDArray[np.int64]:
    """(shares, labels) numbers of rows."""
    size = int(labels.max(initial=-1)) + 1
    return np.bincount(parts * size + labels, minlength=shares * size).reshape(shares, size)


def _uneven(parts: Ints, labels: Ints, shares: int) -> npt.NDArray[np.float64]:
    """How far each part's share of each label is from 1 / shares."""
    return np.asarray(np.abs(_table(parts, labels, shares) / np.bincount(labels) - 1 / shares))


def test_rows_are_joined_over_several_keys() -> None:
    subjects = _ints(5, -1, 5, -1, 9, -1)
    pixels = _ints(-1, 0, 1, 1, -1, -1)
    assert components(6, subjects, pixels).tolist() == [0, 1, 0, 0, 4, 5]
    assert components(6, subjects).tolist() == [0, 1, 0, 3, 4, 5]
    assert components(3).tolist() == [0, 1, 2]
    assert components(0, _ints()).tolist() == []
    # Equal values of different keys join nothing.
    assert components(3, _ints(0, -1, -1), _ints(-1, 0, -1), _ints(-1, -1, 0)).tolist() == [0, 1, 2]


def test_a_long_chain_is_one_component() -> None:
    n = 5001
    left, right = np.arange(n) // 2, (np.arange(n) + 1) // 2
    assert (components(n, left, right) == 0).all()


_KEY = st.integers(-1, 8)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_KEY, _KEY, _KEY), max_size=30))
def test_components_are_what_a_walk_finds(rows: list[tuple[int, int, int]]) -> None:
    names = list(range(len(rows)))
    for _ in rows:  # as often as the longest way
        for here, one in enumerate(rows):
            for there, other in enumerate(rows):
                if any(a == b >= 0 for a, b in zip(one, other, strict=True)):
                    names[here] = names[there] = min(names[here], names[there])
    keys = np.array(rows, np.int64).reshape(-1, 3).T
    assert components(len(rows), *keys).tolist() == names


def test_mixing_is_a_permutation_without_a_pattern() -> None:
    numbers = np.arange(100_000, dtype=np.uint64)
    for seed in (0, 1, 2**70):
        words = mixed(numbers, seed)
        assert len(np.unique(words)) == len(numbers)
        counts = np.bincount((words >> np.uint64(60)).astype(int))
        assert len(counts) == 16
        assert counts.min() > 6000
        assert counts.max() < 6500
    first, second = mixed(numbers, 0).astype(float), mixed(numbers, 1).astype(float)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_mixing_is_splitmix64() -> None:
    # The published generator, seeded 0, begins with this word.
    assert mixed(np.zeros(1, np.uint64), 0).tolist() == [0xE220A8397B1DCDAF]


def test_rows_alone_follow_the_shares_of_each_label_to_the_row() -> None:
    labels, hashes = _faces(5000)
    found = _table(assign(np.arange(5000), labels, hashes, THREE), labels, 3)
    assert np.abs(found - np.outer(THREE, np.bincount(labels))).max() <= 1


def test_rows_alone_are_cut_in_the_order_of_their_hashes() -> None:
    hashes = np.array([50, 10, 30, 90, 70], np.uint64)
    parts = assign(np.arange(5), np.zeros(5, np.int64), hashes, [0.6, 0.4])
    assert parts.tolist() == [0, 0, 0, 1, 1]


def test_few_large_groups_still_make_three_parts() -> None:
    groups = np.repeat(np.arange(7), 500)
    labels, hashes = _faces(3500)
    sizes = np.bincount(assign(groups, labels, hashes, THREE), minlength=3)
    assert sizes.tolist() == [2500, 500, 500]


def test_a_group_larger_than_its_part_does_not_starve_the_others() -> None:
    labels, hashes = _faces(3000)
    groups = np.where(np.arange(3000) < 1500, 0, np.arange(3000))
    parts = assign(groups, labels, hashes, [0.2] * 5)
    giant = parts[0]
    rest = np.delete(np.bincount(parts, minlength=5), giant)
    assert rest.max() - rest.min() <= 7  # a row per label
    assert np.bincount(parts)[giant] == 1500


def test_a_part_without_a_share_gets_nothing() -> None:
    labels, hashes = _faces(2000)
    for groups in (np.arange(2000), np.arange(2000) // 2, np.arange(2000) // 300):
        parts = assign(groups, labels, hashes, [0, 0.5, 0, 0.5, 0])
        assert set(parts.tolist()) == {1, 3}


def test_shares_are_relative() -> None:
    labels, hashes = _faces(600)
    parts = assign(np.arange(600) // 3, labels, hashes, [0.5, 0.25, 0.25])
    assert set(parts.tolist()) == {0, 1, 2}
    np.testing.assert_array_equal(assign(np.arange(600) // 3, labels, hashes, [2, 1, 1]), parts)


def test_no_rows_at_all() -> None:
    assert assign(_ints(), _ints(), np.empty(0, np.uint64), THREE).tolist() == []


@pytest.mark.parametrize("shares", [[], [0.0, 0.0], [0.5, -0.1], [float("nan")]])
def test_shares_that_divide_nothing(shares: list[float]) -> None:
    with pytest.raises(ParamsError, match=r"prepare\.split\.shares.*found \["):
        assign(_ints(0), _ints(0), np.zeros(1, np.uint64), shares)


def test_hashes_decide_who_goes_where() -> None:
    labels, hashes = _faces(3000)
    for groups in (np.arange(3000), np.arange(3000) // 5):
        first = assign(groups, labels, hashes, [0.5, 0.5])
        second = assign(groups, labels, mixed(hashes, 1), [0.5, 0.5])
        assert 0.4 < np.mean(first == second) < 0.6


_ROWS = st.lists(
    st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 12), st.integers(0, 3)),
    max_size=80,
    unique_by=lambda row: row[0],
)
_SHARES = st.lists(st.floats(0.01, 1), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(_ROWS, _SHARES, st.booleans(), st.randoms(use_true_random=False))
def test_invariants(rows: list[tuple[int, int, int]], shares: list[float], pure: bool, random: Random) -> None:
    hashes = np.array([row[0] for row in rows], np.uint64)
    groups = np.array([row[1] for row in rows], np.int64)
    labels = groups % 4 if pure else np.array([row[2] for row in rows], np.int64)
    parts = assign(groups, labels, hashes, shares)
    # Every row has a part, and no group has two.
    assert parts.shape == (len(rows),)
    assert set(parts.tolist()) <= set(range(len(shares)))
    assert len(set(zip(groups.tolist(), parts.tolist(), strict=True))) == len(set(groups.tolist()))
    # Rows in another order, and groups of other names, go to the same parts.
    order = list(range(len(rows)))
    random.shuffle(order)
    renamed = (97 * (groups + 5) % 101)[order]
    np.testing.assert_array_equal(assign(renamed, labels[order], hashes[order], shares), parts[order])
    # Where groups hold a single label, no part is over its share by a whole group.
    if pure and rows:
        sizes = Counter(groups.tolist())
        wanted = np.outer(np.array(shares) / sum(shares), np.bincount(labels))
        for label in set(labels.tolist()):
            largest = max(size for group, size in sizes.items() if group % 4 == label)
            assert (_table(parts, labels, len(shares)) - wanted)[:, label].max() < largest + 1e-6


def _singles(n: int) -> Ints:
    return np.arange(n)


def _with_large(n: int) -> Ints:
    """Twelve groups that hold 40 % of the rows together, and singles."""
    random = np.random.default_rng(101)
    return np.where(random.random(n) < 0.4, random.integers(0, 12, n), n + np.arange(n))


def _tens(n: int) -> Ints:
    return np.arange(n) // 10


def _subjects(n: int) -> Ints:
    return np.random.default_rng(102).integers(0, 40, n)


@pytest.mark.parametrize(
    ("group", "largest", "mean"), [(_singles, 1, 1), (_with_large, 1, 1), (_tens, 1, 2), (_subjects, 1.5, 1)]
)
def test_as_even_as_scikit_learn(group: Callable[[int], Ints], largest: float, mean: float) -> None:
    """Per part and label, by at most the factors given: hashes come before the last bit of balance."""
    from sklearn.model_selection import StratifiedGroupKFold

    n = 1500
    ours, theirs = [], []
    for seed in range(3):
        labels, hashes = _faces(n, seed)
        groups = group(n)
        ours.append(_uneven(assign(groups, labels, hashes, [0.2] * 5), labels, 5))
        parts = np.empty(n, np.int64)
        for part, (_, held) in enumerate(StratifiedGroupKFold(5).split(labels, labels, groups)):
            parts[held] = part
        theirs.append(_uneven(parts, labels, 5))
    assert np.max(ours) <= np.max(theirs) * largest + 1e-9
    assert np.mean(ours) <= np.mean(theirs) * mean + 1e-9


@pytest.mark.parametrize(
    ("group", "shares", "most"),
    [(_singles, THREE, 0.002), (_singles, [0.2] * 5, 0.005), (_with_large, THREE, 0.002), (_tens, THREE, 0.02),
     (_tens, [0.2] * 5, 0.05)],
)  # fmt: skip
def test_a_few_rows_more_move_few_others(group: Callable[[int], Ints], shares: list[float], most: float) -> None:
    n, more = 6000, 30
    moved = []
    for seed in range(5):
        labels, hashes = _faces(n + more, seed)
        groups = group(n + more)
        before = assign(groups[:n], labels[:n], hashes[:n], shares)
        moved.append(np.mean(assign(groups, labels, hashes, shares)[:n] != before))
    assert np.mean(moved) <= most


@pytest.mark.parametrize("size", [1, 2, 10])
def test_a_hundred_thousand_rows_take_a_blink(size: int) -> None:
    n = 100_000
    labels, hashes = _faces(n)
    start = perf_counter()
    groups = components(n, np.arange(n) // size, np.full(n, -1))
    assign(groups, labels, hashes, THREE)
    assert perf_counter() - start < 60  # a loop over rows would take minutes
