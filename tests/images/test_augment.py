import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.images.augment import Warp, apply, draw
from tasks.params import Augment

STILL = Warp(0.0, 0.0, 0.0, 0.0, 1.0, False)


def _with(**changes: float | bool) -> Warp:
    return Warp(**{**STILL.__dict__, **changes})


def _dot(x: int, y: int) -> npt.NDArray[np.uint8]:
    """A soft dot, so that its place can be measured after interpolation."""
    rows, columns = np.indices((48, 48))
    return np.asarray(255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8), np.uint8)


def _place(image: npt.NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.indices(image.shape)
    weights = image.astype(float)
    return float((columns * weights).sum() / weights.sum()), float((rows * weights).sum() / weights.sum())


def test_no_warp_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    np.testing.assert_array_equal(apply(image, STILL), image)


def test_a_flip_is_a_mirror() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    np.testing.assert_array_equal(apply(image, _with(flip=True)), image[:, ::-1])


@pytest.mark.parametrize(
    ("warp", "place"),
    [
        (_with(shift_x=0.125), (36, 20)),  # 48 pixels wide: 6 to the right
        (_with(shift_y=-0.125), (30, 14)),
        (_with(rotation=90.0), (27, 30)),  # clockwise about (23.5, 23.5)
        (_with(rotation=180.0), (17, 27)),
        (_with(zoom=1.5), (33.25, 18.25)),
        (_with(zoom=0.5), (26.75, 21.75)),
        (_with(shear=0.5), (28.25, 20)),
    ],
)
def test_each_warp_moves_a_dot_where_it_should(warp: Warp, place: tuple[float, float]) -> None:
    assert _place(apply(_dot(30, 20), warp)) == pytest.approx(place, abs=0.25)


def test_borders_take_the_nearest_pixel() -> None:
    image = np.full((48, 48), 90, np.uint8)
    image[:, :3] = 200
    moved = apply(image, _with(shift_x=0.25))
    assert (moved[:, :14] == 200).all()
    assert (moved[:, 16:] == 90).all()


RANGES = st.builds(
    Augment, rotation=st.floats(0, 180), shift=st.floats(0, 0.99), shear=st.floats(0, 0.99), zoom=st.floats(0, 0.99),
    flip=st.booleans(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(RANGES, st.integers(0, 2**32))
def test_a_drawn_warp_keeps_to_its_ranges_and_its_seed(params: Augment, seed: int) -> None:
    warp = draw(params, np.random.default_rng(seed))
    assert abs(warp.rotation) <= params.rotation
    assert max(abs(warp.shift_x), abs(warp.shift_y)) <= params.shift
    assert abs(warp.shear) <= params.shear
    assert abs(warp.zoom - 1) <= params.zoom
    assert params.flip or not warp.flip
    assert draw(params, np.random.default_rng(seed)) == warp
    found = apply(np.full((48, 48), 77, np.uint8), warp)
    assert found.dtype == np.uint8
    assert (found == 77).all()


def test_warps_spread_over_their_ranges() -> None:
    random = np.random.default_rng(0)
    warps = [draw(Augment(rotation=10.0, zoom=0.1), random) for _ in range(400)]
    assert 0.4 < np.mean([warp.flip for warp in warps]) < 0.6
    rotations = np.array([warp.rotation for warp in warps])
    assert abs(rotations.mean()) < 1
    assert rotations.min() < -9
    assert rotations.max() > 9
    zooms = np.array([warp.zoom for warp in warps])
    assert 0.9 <= zooms.min() < 0.92
    assert 1.08 < zooms.max() <= 1.1
