import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.faces.agreement import LEAST, Boxes, Counts, count, overlaps, paired, total, within
from tasks.faces.face import Face
from tasks.faces.track import overlap

NONE: Boxes = np.empty((0, 4))
FACES: Boxes = np.array([[0.0, 0.0, 10.0, 10.0], [100.0, 0.0, 40.0, 40.0], [200.0, 0.0, 10.0, 20.0]])


def _all(boxes: Boxes) -> npt.NDArray[np.bool_]:
    return np.ones(len(boxes), np.bool_)


def test_overlaps_by_hand() -> None:
    one = np.array([[0.0, 0.0, 2.0, 2.0]])
    other = np.array([[0, 0, 2, 2], [1, 0, 2, 2], [1, 1, 2, 2], [2, 0, 2, 2], [0.5, 0.5, 1, 1], [1, 1, 0, 0]], float)
    np.testing.assert_allclose(overlaps(one, other), [[1, 2 / 6, 1 / 7, 0, 1 / 4, 0]])
    assert overlaps(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [[0]]


def test_the_faces_themselves_are_all_found() -> None:
    assert count(FACES, FACES[::-1], _all(FACES)) == Counts(3, 3, 0)


def test_a_box_in_nothing_is_wrong_and_a_face_without_box_is_missed() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [50.0, 50.0, 10.0, 10.0]])
    counts = count(FACES, boxes, _all(FACES))
    assert counts == Counts(3, 1, 1)
    assert (counts.recall, counts.precision) == (1 / 3, 1 / 2)


def test_half_an_overlap_is_enough_and_less_is_not() -> None:
    enough, less = np.array([[0.0, 0.0, 10.0, 5.0]]), np.array([[0.0, 0.0, 10.0, 4.9]])
    assert count(FACES, enough, _all(FACES)) == Counts(3, 1, 0)
    assert count(FACES, less, _all(FACES)) == Counts(3, 0, 1)


def test_the_second_box_of_a_face_is_wrong() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 9.0], [0.0, 0.0, 10.0, 10.0]])
    faces, first = paired(FACES, boxes)
    assert (faces.tolist(), first.tolist()) == ([0, 0], [True, False])  # the surer one, though it fits worse
    assert count(FACES, boxes, _all(FACES)) == Counts(3, 1, 1)


def test_boxes_of_faces_that_are_not_asked_for_do_not_count() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0], [100.0, 0.0, 40.0, 40.0]])
    assert count(FACES, boxes, np.array([False, True, False])) == Counts(1, 1, 0)


def test_strays_count_where_they_are_said_to() -> None:
    boxes = np.array([[50.0, 50.0, 10.0, 10.0], [300.0, 50.0, 40.0, 40.0], [100.0, 0.0, 40.0, 40.0]])
    large = within(boxes, 32, 64)
    assert large.tolist() == [False, True, True]
    assert count(FACES, boxes, within(FACES, 32, 64), large) == Counts(1, 1, 1)
    assert count(FACES, boxes, within(FACES, 8, 16), ~large) == Counts(2, 0, 1)


@pytest.mark.parametrize(("truth", "boxes", "expected"), [
    (NONE, NONE, Counts(0, 0, 0)), (FACES, NONE, Counts(3, 0, 0)), (NONE, FACES, Counts(0, 0, 3)),
])  # fmt: skip
def test_nothing(truth: Boxes, boxes: Boxes, expected: Counts) -> None:
    assert count(truth, boxes, _all(truth), _all(boxes)) == expected


def test_shares_of_nothing_are_no_numbers_and_sums_add() -> None:
    assert math.isnan(Counts(0, 0, 1).recall)
    assert math.isnan(Counts(1, 0, 0).precision)
    assert total([Counts(3, 1, 2), Counts(2, 2, 0)]) == Counts(5, 3, 2)


def test_sizes_are_those_of_the_shorter_side() -> None:
    assert within(FACES, 10, 40).tolist() == [True, False, True]
    assert within(NONE, 0, 8).tolist() == []


SIDES = st.floats(1, 60)
BOXES = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), SIDES, SIDES), max_size=8)
Tuples = list[tuple[float, float, float, float]]


@settings(max_examples=150, deadline=None)
@given(BOXES, BOXES, st.floats(0, 60))
def test_laws(known: Tuples, seen: Tuples, size: float) -> None:
    truth, boxes = np.reshape(np.array(known, float), (-1, 4)), np.reshape(np.array(seen, float), (-1, 4))
    np.testing.assert_allclose(
        overlaps(truth, boxes),
        np.reshape([overlap(Face(*a, 1), Face(*b, 1)) for a in known for b in seen], (len(truth), len(boxes))),
        atol=1e-9,
    )
    counts = count(truth, boxes, _all(truth))
    assert counts.faces == len(truth)
    assert counts.found <= min(len(truth), len(boxes))
    assert counts.found + counts.wrong == len(boxes)  # with every face asked for, a box is right or wrong
    faces, first = paired(truth, boxes)
    assert len(set(faces[first])) == first.sum() == counts.found
    assert all(overlaps(boxes, truth)[at, face] >= LEAST for at, face in enumerate(faces) if face >= 0)
    small, large = within(truth, 0, size), within(truth, size, np.inf)
    parts = count(truth, boxes, small, within(boxes, 0, size)), count(truth, boxes, large, within(boxes, size, np.inf))
    assert total(parts) == counts  # ranks by size share out what there is
