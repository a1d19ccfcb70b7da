import base64
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from made_folder import noise, png

from tasks.explore.pictures import SIDE, SMALL, Pool, pixels, uri


def decoded(text: str) -> npt.NDArray[Any]:
    kind, _, data = text.partition(";base64,")
    assert kind in ("data:image/png", "data:image/jpeg")
    image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image)


def test_a_small_picture_stays_as_it_is() -> None:
    data = png(noise(1))
    assert base64.b64decode(uri(data).partition(",")[2]) == data


@pytest.mark.parametrize("shape", [(900, 300), (300, 900), (4, 2000)])
def test_a_large_picture_is_reduced_with_its_proportions(shape: tuple[int, int]) -> None:
    data = png(np.tile(np.arange(shape[1], dtype=np.uint16).astype(np.uint8), (shape[0], 1)))
    image = decoded(uri(data))
    assert max(image.shape[:2]) == SIDE
    assert image.shape[0] / image.shape[1] == pytest.approx(max(shape[0] * SIDE / max(shape), 1) / image.shape[1], 0.05)
    assert len(uri(data)) < 2 * SMALL


def test_another_format_is_encoded_again() -> None:
    data = cv2.imencode(".bmp", noise(1))[1].tobytes()
    assert uri(data).startswith("data:image/jpeg")


@pytest.mark.parametrize("data", [None, b"", b"no picture", png(noise(1))[:200], b"<svg onload='alert(1)'/>"])
def test_what_is_no_whole_picture_is_not_shown(data: bytes | None) -> None:
    assert uri(data) == ""
    assert pixels(data) is None
    assert Pool().add(data) == -1


def test_equal_pictures_are_held_once() -> None:
    pool = Pool()
    first, second = png(noise(1)), png(noise(2))
    assert [pool.add(data) for data in (first, None, second, first, b"broken", b"broken")] == [0, -1, 1, 0, -1, -1]
    assert len(pool.uris) == 2
