from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tasks.faces import DETECTORS, detect
from tasks.faces.face import Detect, Face
from tasks.params import Detector

Picture = npt.NDArray[np.uint8]
MARKS = np.array([[10, 20], [30, 20], [20, 30], [12, 40], [28, 40]], np.float32)


class Fake:
    """A detector that finds what it is told to and remembers what it saw."""

    def __init__(self) -> None:
        self.loads = 0
        self.seen: list[tuple[int, ...]] = []
        self.faces: list[Face] = []

    def load(self, params: Detector, weights: str) -> Detect:
        self.loads += 1

        def find(image: Picture) -> list[Face]:
            self.seen.append(image.shape)
            return self.faces

        return find


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    made = Fake()
    monkeypatch.setitem(DETECTORS, "fake", made.load)
    detect.loaded.cache_clear()
    yield made
    detect.loaded.cache_clear()


def _find(height: int, width: int, max_side: int = 1024, min_size: int = 16) -> list[Face]:
    return detect.find(
        np.zeros((height, width, 3), np.uint8), "fake", Detector(max_side=max_side, min_size=min_size), ""
    )


def test_a_small_picture_is_seen_as_it_is(fake: Fake) -> None:
    fake.faces = [Face(10, 10, 20, 20, 0.5)]
    assert _find(100, 200, max_side=200) == fake.faces
    assert fake.seen == [(100, 200, 3)]


def test_a_large_picture_is_reduced_and_boxes_are_in_its_own_pixels(fake: Fake) -> None:
    fake.faces = [Face(10, 10, 20, 30, 0.5, MARKS)]
    (found,) = _find(200, 400, max_side=100)
    assert fake.seen == [(50, 100, 3)]
    assert (found.x, found.y, found.w, found.h) == (40, 40, 80, 120)
    assert found.landmarks is not None
    np.testing.assert_array_equal(found.landmarks, MARKS * 4)


def test_a_thin_picture_keeps_a_pixel(fake: Fake) -> None:
    assert _find(1, 5000) == []
    assert fake.seen == [(1, 1024, 3)]


def test_boxes_are_clipped_and_the_surest_come_first(fake: Fake) -> None:
    fake.faces = [Face(-10, -20, 40, 60, 0.5), Face(170, 80, 100, 100, 0.9), Face(50, 50, 20, 20, 0.7)]
    found = _find(100, 200)
    assert [face.score for face in found] == [0.9, 0.7, 0.5]
    assert (found[0].x, found[0].y, found[0].w, found[0].h) == (170, 80, 30, 20)
    assert (found[2].x, found[2].y, found[2].w, found[2].h) == (0, 0, 30, 40)


def test_faces_under_the_least_size_are_left_out(fake: Fake) -> None:
    # The second is large enough but for what lies outside, the third is outside altogether.
    fake.faces = [Face(0, 0, 20, 19.9, 0.5), Face(190, 0, 40, 40, 0.5), Face(300, 300, 40, 40, 0.5)]
    fake.faces.append(Face(0, 0, 20, 20, 0.4))
    assert [face.score for face in _find(100, 200, min_size=20)] == [0.4]


def test_the_least_size_counts_in_the_picture_not_in_the_reduced_one(fake: Fake) -> None:
    fake.faces = [Face(0, 0, 6, 6, 0.5)]
    assert len(_find(400, 400, max_side=100, min_size=24)) == 1


def test_a_detector_is_loaded_once(fake: Fake) -> None:
    for _ in range(3):
        _find(50, 50)
    assert fake.loads == 1
    _find(50, 50, max_side=64)
    assert fake.loads == 2


@pytest.mark.parametrize("shape", [(1080, 1920), (2160, 3840), (2161, 3841), (4000, 6000), (577, 1025)])
def test_a_picture_is_made_smaller_as_by_areas(shape: tuple[int, int]) -> None:
    """Smooth pictures, which faces are at such sizes, come out as by INTER_AREA to a few levels."""
    seed = np.random.default_rng(1).integers(0, 256, (9, 16, 3), np.uint8)
    picture = np.asarray(cv2.resize(seed, shape[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
    size = (1024, round(1024 * shape[0] / shape[1]))
    small = detect.reduced_to(picture, size)
    wanted = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    assert small.shape == (size[1], size[0], 3)
    assert np.abs(small.astype(int) - wanted.astype(int)).max() <= 3
