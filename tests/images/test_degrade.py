from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tasks.images import degrade
from tasks.images.degrade import Degradation

Image = npt.NDArray[np.uint8]


def _face(shape: tuple[int, ...] = (48, 48)) -> Image:
    rough = np.random.default_rng(3).integers(40, 216, (8, 8, *shape[2:]), np.uint8)
    return np.asarray(cv2.resize(rough, shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 3), (64, 64), (40, 56, 3)])
def test_any_degradation_gives_a_picture_of_the_same_shape_and_leaves_its_own_alone(shape: tuple[int, ...]) -> None:
    face = _face(shape)
    before = face.copy()
    for seed in range(40):
        done = degrade.draw(np.random.default_rng(seed), strength=1 + seed % 3)
        found = degrade.apply(face, done)
        assert found.shape == shape
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(degrade.apply(face, done), found)
    np.testing.assert_array_equal(face, before)


def test_nothing_drawn_is_nothing_done() -> None:
    face = _face()
    assert degrade.apply(face, degrade.NOTHING) is face
    np.testing.assert_array_equal(degrade.apply(face, Degradation(seed=7)), face)


def test_every_kind_is_drawn() -> None:
    drawn = [degrade.draw(np.random.default_rng(seed)) for seed in range(300)]
    for name in ("lens", "motion", "side", "photons", "grain", "impulses", "quality"):
        share = np.mean([bool(getattr(one, name)) for one in drawn])
        assert 0.05 < share < 0.6, name
    assert min(one.side for one in drawn if one.side) >= degrade.LEAST_SIDE


@pytest.mark.parametrize("done", [Degradation(lens=2.0), Degradation(motion=6.0, angle=30), Degradation(side=16)])
def test_blur_and_distance_take_detail_away_and_keep_the_light(done: Degradation) -> None:
    face = np.random.default_rng(3).integers(40, 216, (48, 48), np.uint8)
    found = degrade.apply(face, done)
    assert found.std() < 0.6 * face.std()
    assert found.mean() == pytest.approx(face.mean(), abs=4)


def test_a_point_becomes_the_disk_or_the_path() -> None:
    point = np.zeros((49, 49), np.uint8)
    point[24, 24] = 255
    disk = degrade.apply(point, Degradation(lens=4.0)) > 0
    assert np.ptp(np.nonzero(disk.any(axis=0))) == pytest.approx(8, abs=2)
    path = degrade.apply(point, Degradation(motion=8.0, angle=0.0)) > 0
    assert np.ptp(np.nonzero(path.any(axis=0))[0]) >= 6
    assert np.ptp(np.nonzero(path.any(axis=1))[0]) <= 1


def test_fewer_photons_are_more_noise_most_of_it_where_it_is_bright() -> None:
    dark, bright = np.full((64, 64), 30, np.uint8), np.full((64, 64), 200, np.uint8)
    few, many = Degradation(photons=20), Degradation(photons=200)
    assert degrade.apply(bright, few).std() > 2 * degrade.apply(bright, many).std()
    assert degrade.apply(bright, many).std() > 1.5 * degrade.apply(dark, many).std()


def test_impulses_are_black_and_white_pixels_of_that_share() -> None:
    found = degrade.apply(np.full((100, 100), 128, np.uint8), Degradation(impulses=0.1))
    assert np.isin(found, (0, 255)).mean() == pytest.approx(0.1, abs=0.02)


def test_what_is_hardly_there_is_harder_to_read() -> None:
    sides = [degrade.unreadable(Degradation(side=side)) for side in (48, 16, 12, 8)]
    assert sides[0] == sides[1] == 0
    assert 0 < sides[2] < sides[3]
    assert degrade.unreadable(replace(degrade.NOTHING, lens=6.0)) > 0
    assert all(0 <= degrade.unreadable(degrade.draw(np.random.default_rng(seed), 3.0)) <= 0.9 for seed in range(100))
