import cv2
import numpy as np
import numpy.typing as npt

from tasks.faces.shots import CELLS, LEVELS, SIDE, Shots, colours


def _scene(seed: int) -> npt.NDArray[np.uint8]:
    """A picture of a few flat colours; another seed is another shot."""
    coarse = np.random.default_rng(seed).integers(0, 256, (3, 3, 3), np.uint8)
    return np.asarray(coarse.repeat(60, axis=0).repeat(60, axis=1), np.uint8)


def test_another_scene_is_a_cut_and_noise_is_none() -> None:
    shots = Shots()
    assert shots.step(_scene(1)) is None
    noisy = np.clip(_scene(1).astype(int) + np.random.default_rng(0).integers(-9, 10, (180, 180, 3)), 0, 255)
    assert shots.step(noisy.astype(np.uint8)) is False
    assert shots.step(_scene(2)) is True
    assert shots.step(_scene(2)) is False
    assert shots.step(_scene(1)) is True


def test_the_size_of_the_picture_may_change() -> None:
    shots = Shots()
    assert shots.step(_scene(1)) is None
    assert shots.step(np.zeros((1, 1, 3), np.uint8)) is True
    assert shots.step(_scene(1)[:90]) is True


def test_one_part_goes_on_where_another_ended() -> None:
    """Of two halves the second knows the first by its last look alone."""
    scenes = [_scene(seed) for seed in (1, 1, 2, 2, 3)]
    whole = Shots()
    expected = [whole.step(scene) for scene in scenes]
    for at in range(1, 5):
        first, second, both = Shots(), Shots(), Shots()
        found = [first.step(scene) for scene in scenes[:at]] + [second.step(scene) for scene in scenes[at : at + 1]]
        assert first.look is not None and second.look is not None
        assert len(first.look) == SIDE * SIDE * 3
        assert both.resume(first.look) is None
        assert found[at] is None
        assert both.resume(second.look) == expected[at]


def test_colours_are_those_of_opencvs_histograms() -> None:
    small = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    side = SIDE // CELLS
    for number, counted in enumerate(np.moveaxis(colours(small), 2, 0)):
        y, x = side * (number // CELLS), side * (number % CELLS)
        part = np.ascontiguousarray(small[y : y + side, x : x + side])
        counts = cv2.calcHist([part], [0, 1, 2], None, [LEVELS] * 3, [0, 256] * 3).reshape(LEVELS, LEVELS**2)
        np.testing.assert_array_equal(counted, cv2.GaussianBlur(counts, (3, 3), 0))
