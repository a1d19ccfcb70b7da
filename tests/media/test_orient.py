import io

import numpy as np
import pytest
from made_media import picture
from PIL import Image, ImageOps

from tasks.media.orient import by_exif, by_matrix, clockwise


@pytest.mark.parametrize("orientation", range(9))
def test_like_pillow(orientation: int) -> None:
    stored = picture()
    image = Image.fromarray(stored)
    exif = Image.Exif()
    exif[0x112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(buffer)))
    assert np.array_equal(by_exif(stored, orientation), expected)
    assert by_exif(stored, orientation).flags.c_contiguous


@pytest.mark.parametrize(
    ("corner", "degrees"), [((1, 0, 0, 1), 0), ((0, 1, -1, 0), 90), ((-1, 0, 0, -1), 180), ((0, -1, 1, 0), 270)]
)
def test_matrix_turns_clockwise(corner: tuple[int, int, int, int], degrees: int) -> None:
    a, b, c, d = (65536 * number for number in corner)
    matrix = [a, b, 0, c, d, 0, 0, 0, 1 << 30]
    assert clockwise(matrix) == degrees
    assert np.array_equal(by_matrix(picture(), matrix), np.rot90(picture(), -degrees // 90))


def test_no_matrix_is_upright() -> None:
    assert clockwise(None) == 0
    assert np.array_equal(by_matrix(picture(), None), picture())
    mirrored = [-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30]
    assert np.array_equal(by_matrix(picture(), mirrored), picture()[:, ::-1])
