from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from fake_detector import NAME, Fake, installed

from tasks.faces import align
from tasks.faces.face import Face
from tasks.faces.refine import PASSES, SIDE, refined
from tasks.params import Detector

Picture = npt.NDArray[np.uint8]
Marks = npt.NDArray[np.float32]

PLACES = np.insert(align.PLACES, 2, [0.5, 0.55], axis=0)
LEVELS = (50, 90, 130, 170, 210)  # of the discs that stand for the landmarks


@pytest.fixture
def fake() -> Iterator[Fake]:
    with installed() as made:
        yield made


def _turned(points: npt.NDArray[np.float64], degrees: float) -> npt.NDArray[np.float64]:
    angle, middle = np.deg2rad(degrees), points.mean(axis=0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((points - middle) @ turn.T + middle)


def _picture(side: float, roll: float) -> tuple[Picture, Marks]:
    """A face of five discs, its square ``side`` pixels, in a picture of 400; and where the discs are."""
    marks = _turned(PLACES * side + 200 - side / 2, roll)
    large = np.zeros((1600, 1600), np.uint8)
    for (x, y), level in zip(marks * 4, LEVELS, strict=True):
        cv2.circle(large, (round(x - 0.5), round(y - 0.5)), round(side / 4), level, -1)
    return np.asarray(cv2.resize(large, (400, 400), interpolation=cv2.INTER_AREA), np.uint8), marks.astype(np.float32)


def _found(image: Picture, follows: float) -> list[Face]:
    """The discs' middles, turned back as YuNet turns them: they follow the roll by the share ``follows``."""
    grey = image[..., 0].astype(int)
    marks = []
    for level in LEVELS:
        rows, columns = np.nonzero(np.abs(grey - level) <= 3)
        if not len(rows):
            return []
        marks.append((np.median(columns) + 0.5, np.median(rows) + 0.5))
    points = np.array(marks)
    roll = float(np.degrees(np.arctan2(*(points[1] - points[0])[::-1])))
    points = _turned(points, (follows - 1) * roll).astype(np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = (high - low).tolist()
    return [Face(float(low[0]), float(low[1]), width, height, 0.9, points)]


def _roll(face: Face) -> float:
    matrix = None if face.landmarks is None else align.square(face.landmarks)
    assert matrix is not None
    return float(np.degrees(np.arctan2(-matrix[1, 0], matrix[0, 0])))


def _refined(image: Picture, face: Face) -> Face:
    return refined(image, face, Detector(), NAME, "")


@pytest.mark.parametrize("side", [40.0, 80.0, 250.0])
@pytest.mark.parametrize("roll", [-30.0, 12.0, 25.0])
def test_a_roll_that_was_hardly_seen_is_found(fake: Fake, side: float, roll: float) -> None:
    image, truth = _picture(side, roll)
    fake.look = lambda view: _found(view, 0.85)
    (first,) = _found(np.dstack([image] * 3), 0.3)
    found = _refined(image, first)
    assert found.landmarks is not None
    assert found.landmarks.dtype == np.float32
    assert np.abs(found.landmarks - truth).max() < 0.05 * side
    assert abs(_roll(first) - roll) > 0.5 * abs(roll)
    assert abs(_roll(found) - roll) < 4
    assert (found.x, found.y, found.w, found.h, found.score) == (first.x, first.y, first.w, first.h, first.score)
    assert set(fake.seen) == {(SIDE, SIDE, 3)}


@pytest.mark.parametrize(("roll", "passes"), [(0.0, 1), (2.0, 1), (12.0, 2), (40.0, 3)])
def test_an_upright_face_is_looked_at_once(fake: Fake, roll: float, passes: int) -> None:
    image, _ = _picture(200, roll)
    fake.look = lambda view: _found(view, 0.8)
    _refined(image, _found(np.dstack([image] * 3), 0.3)[0])
    assert len(fake.seen) == passes <= PASSES


def test_colour_and_grey_give_the_same(fake: Fake) -> None:
    image, _ = _picture(80, 20)
    fake.look = lambda view: _found(view, 0.9)
    (first,) = _found(np.dstack([image] * 3), 0.3)
    one, other = _refined(image, first), _refined(np.dstack([image] * 3), first)
    assert one.landmarks is not None
    assert other.landmarks is not None
    np.testing.assert_array_equal(one.landmarks, other.landmarks)


def test_a_face_that_is_not_found_again_stays(fake: Fake) -> None:
    image, marks = _picture(80, 20)
    face = Face(160, 160, 80, 80, 0.9, marks)
    assert _refined(image, face) is face
    fake.faces = [Face(0, 0, SIDE, SIDE, 0.9)]
    assert _refined(image, face) is face


@pytest.mark.parametrize("marks", [None, np.full((5, 2), 3, np.float32)])
def test_a_face_without_landmarks_is_not_looked_for(fake: Fake, marks: Marks | None) -> None:
    face = Face(160, 160, 80, 80, 0.9, marks)
    assert _refined(_picture(80, 0)[0], face) is face
    assert fake.seen == []


def _view(x: float, y: float, side: float) -> Face:
    """A face whose square is there, as shares of the view."""
    marks = ((PLACES * side + [x, y]) * SIDE).astype(np.float32)
    return Face(x * SIDE, y * SIDE, side * SIDE, side * SIDE, 0.9, marks)


@pytest.mark.parametrize("other", [_view(0.3, 0, 1), _view(0, -0.3, 1), _view(0.25, 0.25, 0.5), _view(-0.4, -0.4, 1.8)])
def test_another_face_or_none_is_not_taken_for_it(fake: Fake, other: Face) -> None:
    image, marks = _picture(80, 0)
    face = Face(160, 160, 80, 80, 0.9, marks)
    fake.faces = [other]
    assert _refined(image, face) is face


def test_of_several_faces_the_one_in_the_middle_is_meant(fake: Fake) -> None:
    image, marks = _picture(80, 0)
    fake.faces = [_view(-0.45, -0.45, 1.2), _view(0.05, 0.05, 1), _view(0.3, 0.5, 0.9)]
    found = _refined(image, Face(160, 160, 80, 80, 0.9, marks))
    assert found.landmarks is not None
    np.testing.assert_allclose(found.landmarks, marks + 4, atol=0.2)
