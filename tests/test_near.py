import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import near
from tasks.images.fingerprint import PRINT_BYTES, distance

Prints = npt.NDArray[np.uint8]


def turned(prints: Prints, bits: npt.NDArray[np.int64], random: np.random.Generator) -> Prints:
    """Each hash with so many of its first 252 bits turned."""
    unpacked = np.unpackbits(prints, axis=1)
    for row, count in zip(unpacked, bits, strict=True):
        row[random.choice(252, count, replace=False)] ^= 1
    return np.packbits(unpacked, axis=1)


def made(seed: int, originals: int, copies: int, apart: int) -> Prints:
    random = np.random.default_rng(seed)
    base = random.integers(0, 256, (originals, PRINT_BYTES), np.uint8)
    base[:, -1] &= 0xF0
    again = base[random.integers(0, originals, copies)]
    return np.concatenate([base, turned(again, random.integers(0, apart + 1, copies), random)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 40), st.integers(0, 20), st.floats(0, 0.4))
def test_who_is_led_and_who_leads(seed: int, originals: int, copies: int, apart: int, staying: float) -> None:
    prints = made(seed, originals, copies, 24)
    random = np.random.default_rng(seed)
    stay = random.random(len(prints)) < staying
    order = random.permutation(len(prints))
    found = near.leaders(prints, order, apart, stay)
    led = np.flatnonzero(found >= 0)
    assert not stay[led].any()
    assert (found[found[led]] < 0).all()
    assert (distance(prints[led], prints[found[led]]) <= apart).all()
    # Few that stand are near each other without both staying: only what no table shows.
    stands = np.flatnonzero(found < 0)
    one, other = (stands[side] for side in np.triu_indices(len(stands), 1))
    close = (distance(prints[one], prints[other]) <= apart) & ~(stay[one] & stay[other])
    assert close.sum() <= 1
    assert np.array_equal(found, near.leaders(prints, order, apart, stay))


def test_the_preferred_leads() -> None:
    prints = np.zeros((3, PRINT_BYTES), np.uint8)
    assert near.leaders(prints, np.array([2, 0, 1]), 5).tolist() == [1, -1, 1]
    assert near.leaders(prints, np.array([2, 0, 1]), 5, np.array([True, False, False])).tolist() == [-1, 0, 0]
    assert near.leaders(prints, np.array([0, 1, 2]), 5, np.array([True, True, True])).tolist() == [-1, -1, -1]


def test_who_is_too_far_from_his_leaders_leader_stands_or_finds_another() -> None:
    chain = np.zeros((3, PRINT_BYTES), np.uint8)
    chain[1, 0], chain[2, :2] = 0b11111111, (0b11111111, 0b11111111)
    assert near.leaders(chain, np.array([0, 1, 2]), 8).tolist() == [-1, 0, -1]
    assert near.leaders(chain, np.array([1, 0, 2]), 8).tolist() == [1, -1, 1]


def test_nearly_all_copies_are_found() -> None:
    prints = made(1, 3000, 3000, 16)
    found = near.leaders(prints, np.arange(len(prints)), 16)
    assert (found[:3000] < 0).all()
    assert (found[3000:] >= 0).mean() > 0.999


def test_none_and_one() -> None:
    assert near.leaders(np.zeros((0, PRINT_BYTES), np.uint8), np.arange(0), 5).tolist() == []
    assert near.leaders(np.zeros((1, PRINT_BYTES), np.uint8), np.arange(1), 5).tolist() == [-1]
