from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.images.normalise import normalise


def test_a_crop_passes_unchanged() -> None:
    image = np.random.default_rng(1).integers(0, 256, (48, 48), np.uint8)
    assert normalise(image) is image
    assert np.array_equal(normalise(image[:, :, None]), image)


def test_grey_in_three_channels_keeps_every_level() -> None:
    image = (np.arange(48 * 48) % 256).astype(np.uint8).reshape(48, 48)
    assert np.array_equal(normalise(np.dstack([image] * 3)), image)


def test_channels_are_bgr() -> None:
    blue = np.zeros((48, 48, 3), np.uint8)
    blue[..., 0] = 255
    assert normalise(blue)[0, 0] == 29  # 0.114 x 255


def test_shrinking_averages_and_does_not_alias() -> None:
    stripes = np.zeros((480, 480), np.uint8)
    stripes[:, ::2] = 200
    assert np.all(normalise(stripes) == 100)


def test_enlarging_does_not_overshoot() -> None:
    edge = np.full((12, 12), 50, np.uint8)
    edge[:, 6:] = 200
    large = normalise(edge)
    assert (large.min(), large.max()) == (50, 200)
    assert np.all(np.diff(large[0].astype(int)) >= 0)


def test_sides_are_scaled_each_on_its_own() -> None:
    wide = np.zeros((10, 960), np.uint8)
    wide[:, :480] = 255
    face = normalise(wide)
    assert np.all(face[:, :24] == 255)
    assert np.all(face[:, 24:] == 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from([None, 1, 3]), st.integers(0, 255))
def test_any_shape_gives_a_crop_and_flat_stays_flat(height: int, width: int, channels: int | None, level: int) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    face = normalise(np.full(shape, level, np.uint8))
    assert face.shape == (48, 48)
    assert face.dtype == np.uint8
    assert face.flags.c_contiguous
    assert np.all(face == level)


def test_strided_views_are_taken() -> None:
    image = np.random.default_rng(1).integers(0, 256, (100, 100, 3), np.uint8)
    assert np.array_equal(normalise(image[10:70, 20:80]), normalise(image[10:70, 20:80].copy()))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4), np.float32),
    ],
)
def test_other_arrays_are_refused(image: Any) -> None:
    with pytest.raises(ValueError, match="Received"):
        normalise(image)
