import json
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.images.augment import AREA, ASPECT, Rectangle, Warp, apply, describe, draw, parse, rounded
from tasks.params import Augment


def _noise(*shape: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def _dot(x: int, y: int) -> npt.NDArray[np.uint8]:
    """A soft dot, so that its place can be measured after interpolation."""
    rows, columns = np.indices((48, 48))
    return np.asarray(255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8), np.uint8)


def _place(image: npt.NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.indices(image.shape)
    weights = image.astype(float)
    return float((columns * weights).sum() / weights.sum()), float((rows * weights).sum() / weights.sum())


def test_no_warp_changes_nothing() -> None:
    np.testing.assert_array_equal(apply(_noise(48, 48), Warp()), _noise(48, 48))
    np.testing.assert_array_equal(apply(_noise(30, 40, 3), Warp()), _noise(30, 40, 3))


def test_a_flip_is_a_mirror() -> None:
    np.testing.assert_array_equal(apply(_noise(48, 48), Warp(flip=True)), _noise(48, 48)[:, ::-1])


@pytest.mark.parametrize(
    ("warp", "place"),
    [
        (Warp(shift_x=0.125), (36, 20)),  # 48 pixels wide: 6 to the right
        (Warp(shift_y=-0.125), (30, 14)),
        (Warp(rotation=90.0), (27, 30)),  # clockwise about (23.5, 23.5)
        (Warp(rotation=180.0), (17, 27)),
        (Warp(zoom=1.5), (33.25, 18.25)),
        (Warp(zoom=0.5), (26.75, 21.75)),
        (Warp(shear=0.5), (28.25, 20)),
    ],
)
def test_each_warp_moves_a_dot_where_it_should(warp: Warp, place: tuple[float, float]) -> None:
    assert _place(apply(_dot(30, 20), warp)) == pytest.approx(place, abs=0.25)


def test_borders_take_the_nearest_pixel() -> None:
    image = np.full((48, 48), 90, np.uint8)
    image[:, :3] = 200
    moved = apply(image, Warp(shift_x=0.25))
    assert (moved[:, :14] == 200).all()
    assert (moved[:, 16:] == 90).all()


def test_brightness_scales_levels_and_stops_at_white() -> None:
    image = np.array([[0, 1, 100, 170, 171, 255]], np.uint8)
    np.testing.assert_array_equal(apply(image, Warp(brightness=1.5)), [[0, 2, 150, 255, 255, 255]])
    np.testing.assert_array_equal(apply(image, Warp(brightness=0.1)), [[0, 0, 10, 17, 17, 26]])


def test_brightness_follows_the_warp_and_erasing_follows_brightness() -> None:
    image = np.full((10, 10), 100, np.uint8)
    image[:, :5] = 200
    done = apply(image, Warp(shift_x=0.3, brightness=1.3, erased=Rectangle(0.9, 0.0, 0.1, 0.2)))
    np.testing.assert_array_equal(done[5], [255] * 8 + [130] * 2)  # not 260 before the clip
    np.testing.assert_array_equal(done[:, 9], [230] * 2 + [130] * 8)  # the mean of what came out


def test_a_rectangle_is_erased_where_it_lies_whatever_the_size() -> None:
    erased = Rectangle(x=0.25, y=0.5, width=0.5, height=0.125)
    for height, width in ((48, 48), (16, 64)):
        image = _noise(height, width)
        done = apply(image, Warp(erased=erased))
        inside = (slice(height // 2, height // 2 + height // 8), slice(width // 4, width // 4 + width // 2))
        assert (done[inside] == round(float(image.mean()))).all()
        done[inside] = image[inside]
        np.testing.assert_array_equal(done, image)


def test_the_channels_of_a_colour_picture_are_warped_alike() -> None:
    image = _noise(40, 56, 3) // np.array([1, 2, 4], np.uint8)
    warp = Warp(12.5, 0.1, -0.07, 0.2, 1.2, True, 1.1, Rectangle(0.2, 0.3, 0.4, 0.5))
    done = apply(image, warp)
    assert len({*done[20, 20].tolist()}) == 3  # each channel's own mean
    np.testing.assert_array_equal(done, np.dstack([apply(image[..., channel], warp) for channel in range(3)]))


RANGES = st.builds(
    Augment, rotation=st.floats(0, 180), shift=st.floats(0, 0.99), shear=st.floats(0, 0.99), zoom=st.floats(0, 0.99),
    flip=st.booleans(), brightness=st.floats(0, 0.99), erasing=st.floats(0, 1),
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
    assert abs(warp.brightness - 1) <= params.brightness
    assert params.erasing or not warp.erased
    assert draw(params, np.random.default_rng(seed)) == warp
    found = apply(np.full((48, 48), 77, np.uint8), warp)
    assert found.dtype == np.uint8
    assert (found == round(77 * warp.brightness)).all()  # wherever it reads from, and whatever it paints over


def test_warps_spread_over_their_ranges() -> None:
    random = np.random.default_rng(0)
    warps = [draw(Augment(rotation=10.0, zoom=0.1, brightness=0.2), random) for _ in range(400)]
    assert 0.4 < np.mean([warp.flip for warp in warps]) < 0.6
    rotations = np.array([warp.rotation for warp in warps])
    assert abs(rotations.mean()) < 1
    assert rotations.min() < -9
    assert rotations.max() > 9
    zooms = np.array([warp.zoom for warp in warps])
    assert 0.9 <= zooms.min() < 0.92
    assert 1.08 < zooms.max() <= 1.1
    levels = np.array([warp.brightness for warp in warps])
    assert 0.8 <= levels.min() < 0.82
    assert 1.18 < levels.max() <= 1.2


def test_rectangles_spread_over_areas_shapes_and_places() -> None:
    random = np.random.default_rng(0)
    drawn = [draw(Augment(erasing=0.3), random).erased for _ in range(3000)]
    found = [one for one in drawn if one]
    assert 0.27 < len(found) / len(drawn) < 0.33
    x, y, width, height = np.array(found).T
    areas, aspects = width * height, height / width
    assert AREA[0] <= areas.min() < AREA[0] + 0.01
    assert AREA[1] - 0.01 < areas.max() <= AREA[1]
    assert ASPECT[0] <= aspects.min() < 0.32
    assert 3.1 < aspects.max() <= ASPECT[1]
    assert 0.46 < np.mean(aspects > 1) < 0.54  # wide as often as tall
    for start, size in ((x, width), (y, height)):
        place = start / (1 - size)
        assert 0 <= place.min() < 0.02
        assert 0.98 < place.max() <= 1
        assert abs(place.mean() - 0.5) < 0.03


def test_what_is_switched_off_draws_nothing() -> None:
    """A training that neither brightens nor erases sees the same warps as before there was either."""
    random, reference = np.random.default_rng(3), np.random.default_rng(3)
    params = Augment(rotation=10.0, shift=0.05, shear=0.04, zoom=0.03)
    for _ in range(5):
        rotation, x, y, shear, zoom = reference.uniform(-1, 1, 5)
        flip = bool(reference.random() < 0.5)
        expected = Warp(10.0 * rotation, 0.05 * x, 0.05 * y, 0.04 * shear, 1 + 0.03 * zoom, flip)
        assert draw(params, random) == expected
    assert random.bit_generator.state == reference.bit_generator.state


def test_the_order_of_draws() -> None:
    random, reference = np.random.default_rng(4), np.random.default_rng(4)
    warp = draw(Augment(brightness=0.5, erasing=1.0), random)
    reference.uniform(-1, 1, 5)
    assert warp.flip == (reference.random() < 0.5)
    assert warp.brightness == 1 + 0.5 * reference.uniform(-1, 1)
    assert warp.erased
    reference.random()
    area = reference.uniform(*AREA)
    assert warp.erased.width * warp.erased.height == pytest.approx(area)
    aspect = math.exp(reference.uniform(math.log(ASPECT[0]), math.log(ASPECT[1])))
    assert warp.erased.height / warp.erased.width == pytest.approx(aspect)
    assert warp.erased.x == pytest.approx(reference.random() * (1 - warp.erased.width))
    assert warp.erased.y == pytest.approx(reference.random() * (1 - warp.erased.height))
    assert random.bit_generator.state == reference.bit_generator.state


@pytest.mark.parametrize(
    ("warp", "text"),
    [
        (Warp(), "{}"),
        (Warp(rotation=-3.2099, flip=True), '{"flip":true,"rotation":-3.21}'),
        (Warp(shift_x=-0.00001, zoom=1.00004), "{}"),
        (
            Warp(zoom=0.95, brightness=1.1, shear=0.1, erased=Rectangle(0.1, 0.25, 0.5, 0.33333)),
            '{"brightness":1.1,"erased":[0.1,0.25,0.5,0.3333],"shear":0.1,"zoom":0.95}',
        ),
    ],
)
def test_a_description_says_only_what_was_done(warp: Warp, text: str) -> None:
    assert describe(warp) == text


@settings(max_examples=80, deadline=None)
@given(RANGES, st.integers(0, 2**32))
def test_a_described_warp_can_be_replayed(params: Augment, seed: int) -> None:
    drawn = draw(params, np.random.default_rng(seed))
    warp = rounded(drawn)
    replayed = parse(describe(warp))
    assert (replayed, rounded(warp), describe(drawn)) == (warp, warp, describe(warp))
    assert isinstance(replayed.erased, Rectangle | None)
    np.testing.assert_array_equal(apply(_noise(48, 48), replayed), apply(_noise(48, 48), warp))


@settings(max_examples=40, deadline=None)
@given(RANGES, st.integers(0, 2**32))
def test_rounding_moves_no_pixel_visibly(params: Augment, seed: int) -> None:
    warp = draw(params, np.random.default_rng(seed))
    near = rounded(warp)
    for name, most in {
        "rotation": 0.00501,
        "shift_x": 5.1e-5,
        "shear": 5.1e-5,
        "zoom": 5.1e-5,
        "brightness": 5.1e-5,
    }.items():
        assert abs(getattr(warp, name) - getattr(near, name)) <= most
    assert near.flip == warp.flip
    assert bool(near.erased) == bool(warp.erased)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"spin":1.0}', '{"rotation":"3.0"}', '{"rotation":3}', '{"rotation":1.2345}',
     '{"zoom":1.0}', '{"erased":[0.1,0.2]}', '{"erased":0.1}', '{"rotation":NaN}', '{"flip": true}'],
)  # fmt: skip
def test_only_descriptions_are_parsed(text: str) -> None:
    with pytest.raises(ValueError, match="not the description of a warp"):
        parse(text)


def test_a_description_is_json() -> None:
    warp = Warp(rotation=1.5, erased=Rectangle(0.1, 0.2, 0.3, 0.4))
    assert json.loads(describe(warp)) == {"rotation": 1.5, "erased": [0.1, 0.2, 0.3, 0.4]}
