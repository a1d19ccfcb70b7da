import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tasks.classify import Classifier
from tasks.errors import DecodeError, TooLargeError
from tasks.faces import crop, detect
from tasks.images.decode import decode
from tasks.images.normalise import normalise
from tasks.images.reduced import picture
from tasks.params import Detector, Normalise
from tasks.synthetic.scenes import still

PIXELS = 100_000_000
REFERENCE = Path(__file__).parents[2] / "models" / "reference"


def written(width: int, height: int, orientation: int = 1, name: str = "JPEG") -> bytes:
    coarse = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x112] = orientation
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(large).save(buffer := io.BytesIO(), name, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("width", "factor"), [(100, 1), (199, 1), (200, 2), (399, 2), (400, 4), (799, 4), (800, 8), (3000, 8)]
)
def test_the_reduced_picture_is_never_smaller_than_what_is_searched(width: int, factor: int) -> None:
    seen = picture(written(width, 60), PIXELS, 100)
    assert (seen.factor, seen.width, seen.height) == (factor, width, 60)
    assert seen.image.shape == (-(-60 // factor), -(-width // factor), 3)
    assert max(seen.image.shape) >= 100
    image, by = seen.for_faces(0, 48)
    assert (image.shape, by) == ((60, width, 3), 1)
    assert (image is seen.image) is (factor == 1)


@settings(max_examples=60, deadline=None)
@example(15, 16, 5, 8)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 8), st.integers(8, 100))
def test_any_size_and_turn_is_the_reduced_whole(width: int, height: int, orientation: int, side: int) -> None:
    data = written(width, height, orientation)
    seen, whole = picture(data, PIXELS, side), decode(data, PIXELS)
    assert (seen.height, seen.width) == whole.shape[:2]
    assert seen.image.shape[:2] == tuple(-(-length // seen.factor) for length in whole.shape[:2])
    np.testing.assert_array_equal(seen.for_faces(0, 48)[0], whole)


def test_others_are_decoded_whole_and_limits_and_damage_are_as_ever() -> None:
    assert picture(written(900, 60, name="PNG"), PIXELS, 100).factor == 1
    with pytest.raises(TooLargeError, match="900 x 60"):
        picture(written(900, 60), 900 * 60 - 1, 100)
    with pytest.raises(DecodeError, match="truncated"):
        picture(written(900, 60)[:-100], PIXELS, 100)


def test_faces_that_would_be_too_small_are_cut_from_a_larger_picture() -> None:
    seen = picture(written(900, 600), PIXELS, 100)
    assert seen.for_faces(8 * 48, 48) == (seen.image, 8)
    assert seen.for_faces(float("inf"), 48) == (seen.image, 8)
    for smallest, expected in ((8 * 48 - 1, 4), (4 * 48, 4), (4 * 48 - 1, 2), (2 * 48 - 1, 1), (0, 1)):
        image, factor = seen.for_faces(smallest, 48)
        assert (image.shape, factor) == ((-(-600 // expected), -(-900 // expected), 3), expected)


@pytest.mark.parametrize("index", range(3))
def test_boxes_and_labels_are_those_of_the_whole_picture(index: int) -> None:
    drawn = cv2.resize(still(1, index, 1, 480, 360)[0], (4000, 3000), interpolation=cv2.INTER_CUBIC)
    data = bytes(cv2.imencode(".jpg", drawn)[1])
    wanted = Detector(max_side=480)
    seen, whole = picture(data, PIXELS, wanted.max_side), decode(data, PIXELS)
    assert seen.factor == 8
    expected = detect.find(whole, "haar", wanted, "")
    found = detect.find(seen.image, "haar", wanted, "", (seen.width, seen.height, seen.factor))
    assert len(found) == len(expected) == 1
    one, other = found[0], expected[0]
    apart = np.abs(np.subtract((one.x, one.y, one.w, one.h), (other.x, other.y, other.w, other.h)))
    assert apart.max() <= 2 * 4000 / 480  # two pixels of what is searched
    image, factor = seen.for_faces(min(one.w, one.h), 96)
    assert factor >= 4
    classifier = Classifier(REFERENCE)
    crops = [crop.cut(image, one.scaled(1 / factor), 0.0, False), crop.cut(whole, one, 0.0, False)]
    reduced, full = classifier.predict(np.stack([normalise(cut, Normalise()) for cut in crops]))
    assert np.abs(reduced - full).max() < 0.2  # a shift of half a reduced pixel in the whole does as much
