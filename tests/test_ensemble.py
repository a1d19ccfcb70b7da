"""Ensembles whose best members are known."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import ensemble


def _told(answers: list[list[int]], sure: float = 0.6) -> npt.NDArray[np.float32]:
    """Members that say ``answers`` of 3 classes with probability ``sure``."""
    found = np.full((len(answers), len(answers[0]), 3), (1 - sure) / 2, np.float32)
    for member, row in enumerate(answers):
        found[member, np.arange(len(row)), row] = sure
    return found


def test_a_member_that_is_always_right_is_taken_alone() -> None:
    weights = ensemble.choose(_told([[1, 1, 1], [0, 1, 2], [2, 2, 2]], sure=1.0), np.array([0, 1, 2]))
    assert weights.tolist() == [0, 1, 0]


def test_members_that_err_apart_are_taken_together() -> None:
    # Each is wrong once and sure of it a little less than the other two are right: together they are always right.
    weights = ensemble.choose(_told([[1, 1, 2], [0, 2, 2], [0, 1, 0]]), np.array([0, 1, 2]))
    assert weights == pytest.approx([1 / 3] * 3)


def test_equal_members_are_one() -> None:
    weights = ensemble.choose(_told([[0, 1, 0]] * 3), np.array([0, 1, 2]))
    assert weights.tolist() == [1, 0, 0]


def test_of_equal_accuracy_the_likelier_is_taken() -> None:
    weights = ensemble.choose(np.concatenate([_told([[0, 1]], 0.5), _told([[0, 1]], 0.9)]), np.array([0, 1]))
    assert weights.tolist() == [0, 1]


def test_the_average_is_weighted() -> None:
    found = ensemble.average(np.array([[[1.0, 0.0]], [[0.0, 1.0]]], np.float32), np.array([0.75, 0.25]))
    assert found.tolist() == [[0.75, 0.25]]


def test_one_round_takes_the_best_member() -> None:
    weights = ensemble.choose(_told([[1, 1, 2], [0, 2, 2], [0, 1, 2]]), np.array([0, 1, 2]), rounds=1)
    assert weights.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("shape", "labels", "rounds"),
    [((2, 3), 3, 5), ((2, 3, 7), 4, 5), ((0, 3, 7), 3, 5), ((2, 0, 7), 0, 5), ((2, 3, 7), 3, 0)],
)  # fmt: skip
def test_what_fits_not_is_refused(shape: tuple[int, ...], labels: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="Received: shape"):
        ensemble.choose(np.zeros(shape, np.float32), np.zeros(labels, np.int64), rounds)


@given(st.integers(1, 5), st.integers(1, 30), st.integers(0, 10_000))
def test_it_is_never_worse_than_its_best_member(members: int, faces: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = random.dirichlet(np.ones(7), (members, faces)).astype(np.float32)
    labels = random.integers(0, 7, faces)
    weights = ensemble.choose(found, labels, rounds=10)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    right: Any = (found.argmax(axis=2) == labels).mean(axis=1)
    together = ensemble.average(found, weights)
    assert (together.argmax(axis=1) == labels).mean() >= right.max()
    assert together.sum(axis=1) == pytest.approx(np.ones(faces), abs=1e-5)
