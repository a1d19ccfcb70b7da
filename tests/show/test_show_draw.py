"""Boxes and labels are where the faces are, and always on the picture."""

import numpy as np
import pytest

from tasks.show import draw

RED = (255, 0, 0)


def test_an_outline_is_the_box_in_its_colour() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    draw.outline(image, (50, 60, 100, 80), RED)
    rows, columns = np.nonzero(image[..., 2] > 200)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (60, 140, 50, 150)
    assert image[..., :2].max() == 0
    assert image[100, 100].max() == 0


@pytest.mark.parametrize("box", [(50, 60, 90, 80), (0, 0, 50, 50), (280, 190, 20, 10), (-40, -40, 20, 20)])
def test_a_label_is_whole_on_the_picture(box: tuple[float, float, float, float]) -> None:
    areas = []
    for where in (box, (50.0, 60.0, 90.0, 80.0)):
        image = np.zeros((200, 300, 3), np.uint8)
        draw.label(image, where, "#12 surprise 87 %", RED)
        areas.append(int((image[..., 2] > 0).sum()))
    assert areas[0] == areas[1] > 0


@pytest.mark.parametrize("size", [(1, 1), (8, 400), (48, 48), (3000, 4000)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    image = np.zeros((*size, 3), np.uint8)
    draw.label(image, (0, 0, 5, 5), "#12 surprise 87 %", RED)
    draw.outline(image, (0, 0, 5, 5), RED)
    assert image.max() == 255
