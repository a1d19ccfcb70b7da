import hashlib
import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.images import normalise as module
from tasks.params import Normalise
from tasks.synthetic.crops import crop

LIGHTS = ("none", "equalise", "clahe", "gamma")


def normalise(image: npt.NDArray[np.uint8], **wanted: Any) -> npt.NDArray[np.uint8]:
    return module.normalise(image, Normalise(**wanted))


def _picture(seed: int = 0, shape: tuple[int, ...] = (90, 70, 3)) -> npt.NDArray[np.uint8]:
    """Smooth colours with some noise: what a photograph's levels look like."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (6, 5, *shape[2:]), np.uint8)
    smooth = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).astype(float)
    return np.asarray(np.clip(smooth + random.normal(0, 4, smooth.shape), 0, 255), np.uint8)


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


@pytest.mark.parametrize("size", [16, 48, 64, 100])
@pytest.mark.parametrize("shape", [(90, 70), (90, 70, 1), (90, 70, 3), (20, 30, 3)])
def test_size_and_colour_are_what_was_asked_for(size: int, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert normalise(image, size=size).shape == (size, size)
    coloured = normalise(image, size=size, colour=True)
    assert coloured.shape == (size, size, 3)
    assert coloured.flags.c_contiguous


def test_colours_stay_bgr_and_grey_stays_grey() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    assert normalise(image, colour=True) is image
    grey = image[..., 0]
    for light in LIGHTS:
        coloured = normalise(grey, colour=True, lighting=light)
        for channel in range(3):
            np.testing.assert_array_equal(coloured[..., channel], normalise(grey, lighting=light))


def test_align_and_margin_are_not_its_business() -> None:
    image = _picture()
    np.testing.assert_array_equal(normalise(image, align="photograph", margin=0.5), normalise(image))


@pytest.mark.parametrize("light", LIGHTS)
def test_the_light_of_colours_is_that_of_their_luma(light: str) -> None:
    image = _picture()
    image = (image // 3 + image.mean(axis=2, keepdims=True) / 1.5).astype(np.uint8)  # as pale as skin
    grey = cv2.cvtColor(normalise(image, size=64, colour=True), cv2.COLOR_BGR2GRAY)
    expected = normalise(grey, size=64, lighting=light).astype(int)
    found = cv2.cvtColor(normalise(image, size=64, colour=True, lighting=light), cv2.COLOR_BGR2GRAY).astype(int)
    # Colours out of range are clipped, which moves the luma; few are.
    assert np.percentile(np.abs(found - expected), 80) <= 2


def test_equalise_spreads_the_levels() -> None:
    dull = (normalise(_picture()) // 4 + 90).astype(np.uint8)
    found = normalise(dull, lighting="equalise")
    assert (found.min(), found.max()) == (0, 255)
    shares = np.histogram(found, 4, (0, 256))[0] / found.size
    assert shares == pytest.approx([0.25] * 4, abs=0.05)


def test_clahe_lifts_local_contrast_but_not_without_limit() -> None:
    half_dark = normalise(_picture()).astype(int) // 5
    half_dark[:, 24:] += 180
    image = half_dark.astype(np.uint8)
    found = normalise(image, lighting="clahe")
    for side in (slice(0, 24), slice(24, 48)):
        assert 1.2 < found[:, side].std() / image[:, side].std() < 5
    assert normalise(image, lighting="equalise")[:, :24].std() > found[:, :24].std()


@pytest.mark.parametrize("level", [46, 60, 100, 127, 180, 192])
def test_gamma_brings_the_mean_level_to_mid_grey(level: int) -> None:
    assert normalise(np.full((48, 48), level, np.uint8), lighting="gamma")[0, 0] in (127, 128)


def test_gamma_is_the_documented_formula_kept_in_bounds() -> None:
    for image, exponent in ((np.full((48, 48), 2, np.uint8), 0.4), (np.full((48, 48), 250, np.uint8), 2.5)):
        expected = round(255 * (int(image[0, 0]) / 255) ** exponent)
        assert normalise(image, lighting="gamma")[0, 0] == expected
    image = normalise(_picture(3))
    exponent = np.log(0.5) / np.log(image.mean() / 255)
    np.testing.assert_array_equal(
        normalise(image, lighting="gamma"), np.rint(255 * (image / 255) ** exponent).astype(np.uint8)
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(LIGHTS), st.integers(0, 255), st.booleans())
def test_flat_stays_flat_in_any_light(light: str, level: int, colour: bool) -> None:
    found = normalise(np.full((30, 40), level, np.uint8), lighting=light, colour=colour, size=50)
    assert np.ptp(found) == 0


def test_gamma_keeps_the_order_of_levels() -> None:
    ramp = np.arange(48 * 48, dtype=np.int64).reshape(48, 48) // 10
    found = normalise(ramp.astype(np.uint8), lighting="gamma").ravel().astype(int)
    assert np.all(np.diff(found) >= 0)


def test_light_makes_dark_and_bright_copies_alike() -> None:
    face = crop(1, 2, "happy", 0) / 255
    dark, bright = (np.rint(255 * face**power).astype(np.uint8) for power in (1.6, 0.8))
    apart = np.abs(dark.astype(int) - bright).mean()
    for light in ("equalise", "gamma"):
        found = np.abs(normalise(dark, lighting=light).astype(int) - normalise(bright, lighting=light)).mean()
        assert found < apart / 4, light


def digest() -> str:
    every = [
        normalise(_picture(seed), size=size, colour=colour, lighting=light).tobytes()
        for seed in range(3) for size in (48, 64) for colour in (False, True) for light in LIGHTS
    ]  # fmt: skip
    return hashlib.sha256(b"".join(every)).hexdigest()


def test_another_process_gives_the_same_bits() -> None:
    program = f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}; import test_normalise as here"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; print(here.digest())"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == digest()
