from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn_face import drawn
from fake_detector import Fake, installed
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.faces import crop
from tasks.faces.face import Face
from tasks.faces.subject import LONGER, SHORTER, Subject, subject
from tasks.params import Detector, Normalise

Picture = npt.NDArray[np.uint8]


@pytest.fixture
def fake() -> Iterator[Fake]:
    with installed() as made:
        yield made


def _subject(image: Picture, **wanted: Any) -> Subject | None:
    return subject(image, Normalise(**wanted), Detector(), "fake", "")


def _find(fake: Fake, *faces: Face) -> None:
    """Find ``faces`` in the next picture, and none in the views that `refined` makes of it."""
    fake.seen.clear()
    fake.look = lambda image: list(faces) if len(fake.seen) == 1 else []


def _marks(x: float, y: float, side: float) -> npt.NDArray[np.float32]:
    places = np.array([[0.325, 0.375], [0.675, 0.375], [0.5, 0.55], [0.355, 0.74], [0.645, 0.74]])
    return (places * side + [x, y]).astype(np.float32)


def _noise(*shape: int) -> Picture:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def test_without_alignment_the_image_is_itself_and_nothing_is_detected(fake: Fake) -> None:
    image = _noise(30, 40)
    assert _subject(image, align="none", margin=0.5) == (image, False)
    assert fake.seen == []


def test_a_photograph_is_about_its_largest_and_surest_face(fake: Fake) -> None:
    near, far = _marks(100, 50, 60), _marks(20, 20, 30)
    faces = [
        Face(20, 20, 30, 30, 0.95, far), Face(100, 50, 60, 60, 0.7, near), Face(10, 80, 62, 62, 0.3, _marks(10, 80, 62))
    ]  # fmt: skip
    image = _noise(200, 300, 3)
    _find(fake, *faces)
    found = _subject(image, align="photograph")
    assert fake.seen[0] == (200, 300, 3)
    assert found is not None
    assert found.aligned
    np.testing.assert_array_equal(found.image, image[50:110, 100:160])
    _find(fake, *faces)
    wider = _subject(image, align="photograph", margin=0.25)
    assert wider is not None
    np.testing.assert_array_equal(wider.image, image[35:125, 85:175])


def test_a_photograph_without_a_face_has_no_subject(fake: Fake) -> None:
    assert _subject(_noise(200, 300, 3), align="photograph") is None


def test_a_photograph_s_face_without_landmarks_is_cut_by_its_box(fake: Fake) -> None:
    image = _noise(200, 300, 3)
    for landmarks in (None, np.full((5, 2), 60, np.float32)):
        face = Face(30, 40, 50, 60, 0.9, landmarks)
        _find(fake, face)
        found = _subject(image, align="photograph", margin=0.1)
        assert found is not None
        assert not found.aligned
        np.testing.assert_array_equal(found.image, crop.cut(image, face, 0.1, False))


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 1), (48, 48, 3)])
def test_a_tight_crop_is_enlarged_and_cut_from_the_enlarged_one(fake: Fake, shape: tuple[int, ...]) -> None:
    image = _noise(*shape)
    _find(fake, Face(20, 30, 140, 150, 0.9, _marks(20, 30, 140)))
    found = _subject(image, align="crop")
    assert fake.seen[0] == (SHORTER, SHORTER, 3)
    assert found is not None
    assert found.aligned
    large = cv2.resize(image, (SHORTER, SHORTER), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(found.image, large[30:170, 20:160])


@pytest.mark.parametrize(
    "faces", [[], [Face(9, 9, 99, 99, 0.9)], [Face(9, 9, 99, 99, 0.9, np.ones((5, 2), np.float32))]]
)
def test_a_tight_crop_without_landmarks_stays_as_it_is(fake: Fake, faces: list[Face]) -> None:
    _find(fake, *faces)
    image = _noise(48, 48)
    found = _subject(image, align="crop", margin=0.3)
    assert found is not None
    assert found.image is image
    assert not found.aligned


@pytest.mark.parametrize(
    ("shape", "seen"),
    [
        ((48, 60), (192, 240)), ((20, 16), (240, 192)), ((192, 300), (192, 300)), ((400, 500), (400, 500)),
        ((1, 100), (10, LONGER)), ((30, 900), (34, LONGER)), ((5, 2000), (3, LONGER)),
    ],
)  # fmt: skip
def test_crops_are_enlarged_to_a_common_size_and_never_reduced(
    fake: Fake, shape: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert _subject(_noise(*shape), align="crop") is not None
    assert fake.seen == [(*seen, 3)]  # the last is what `detect.find` makes of a long picture


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 120), st.integers(1, 120), st.sampled_from([(), (1,), (3,)]), st.integers(0, 255))
def test_any_image_has_a_subject_as_a_crop(height: int, width: int, channels: tuple[int, ...], level: int) -> None:
    image = np.full((height, width, *channels), level, np.uint8)
    found = subject(image, Normalise(align="crop"), Detector(name="haar"), "haar", "")
    assert found is not None
    assert found.image is image


@pytest.mark.parametrize("mode", ["photograph", "crop"])
@pytest.mark.parametrize("roll", [-25, 20])
def test_drawn_faces_come_out_upright(fake: Fake, mode: str, roll: float) -> None:
    """The landmarks are the truth: what is left of the roll is alignment's own error."""
    pair = []
    for turned in (0.0, roll):
        picture, marks, _ = drawn(3, turned)
        _find(fake, Face(100, 100, 100, 110, 0.9, marks))  # of crops, too: the picture is over SHORTER
        found = _subject(picture, align=mode)
        assert found is not None
        assert found.aligned
        pair.append(found.image[10:-10, 10:-10].astype(int))
    assert np.abs(pair[0] - pair[1]).mean() < 4


def test_landmarks_are_refined_before_the_cut(fake: Fake) -> None:
    """What is found in the view counts: here the same face, 10 percent of the square lower."""
    views = [[Face(100, 50, 60, 60, 0.7, _marks(100, 50, 60))], [Face(0, 19, 192, 192, 0.7, _marks(0, 19.2, 192))]]
    fake.look = lambda image: views[len(fake.seen) - 1]
    image = _noise(200, 300, 3)
    found = _subject(image, align="photograph")
    assert found is not None
    np.testing.assert_array_equal(found.image, image[56:116, 100:160])
