"""A hidden face is gone: nothing of its detail is left."""

import cv2
import numpy as np
import pytest
from made_media import picture

from tasks.show.hide import CELLS, STEPS, pixelate
from tasks.synthetic.scenes import still


def test_25_colours_are_left_of_a_face() -> None:
    image, (face,) = still(3, 1)
    box = (face.x, face.y, face.w, face.h)
    pixelate(image, box)
    x, y = int(face.x), int(face.y)
    inside = image[y : y + int(face.h), x : x + int(face.w)].reshape(-1, 3)
    colours = np.unique(inside, axis=0)
    assert len(colours) <= CELLS * CELLS
    assert set((colours % STEPS).ravel().tolist()) == {STEPS // 2}


def test_sharpening_does_not_give_it_back() -> None:
    """Of two faces with one mosaic nothing tells which it was: what differs inside a cell is not in the result."""
    image = picture(100, 100)
    other = image.copy()
    rng = np.random.default_rng(0)
    for y in range(0, 100, 20):
        for x in range(0, 100, 20):
            cell = other[y : y + 20, x : x + 20].reshape(-1, 3)
            other[y : y + 20, x : x + 20] = rng.permutation(cell).reshape(20, 20, 3)
    box = (100 * 0.35 / 1.7, 100 * 0.35 / 1.7, 100 / 1.7 - 0.5, 100 / 1.7 - 0.5)  # with its margin all of it
    assert not np.array_equal(image, other)
    pixelate(image, box)
    pixelate(other, box)
    assert np.array_equal(image, other)


@pytest.mark.parametrize("box", [(-30, -30, 50, 50), (50, 40, 100, 100), (63, 47, 1, 1), (-9, -9, 99, 99)])
def test_boxes_over_the_edge(box: tuple[float, float, float, float]) -> None:
    image = picture()
    before = image.copy()
    pixelate(image, box)
    assert not np.array_equal(image, before)


def test_a_box_off_the_picture_changes_nothing() -> None:
    image = picture()
    before = image.copy()
    for box in ((500.0, 500.0, 20.0, 20.0), (-90.0, 0.0, 20.0, 20.0)):
        pixelate(image, box)
    assert np.array_equal(image, before)


def test_the_rest_of_the_picture_stays() -> None:
    image = picture(200, 200)
    before = image.copy()
    pixelate(image, (80, 80, 40, 40))
    mask = np.zeros((200, 200), np.uint8)
    cv2.rectangle(mask, (66, 66), (134, 134), 1, cv2.FILLED)
    assert np.array_equal(image[mask == 0], before[mask == 0])
