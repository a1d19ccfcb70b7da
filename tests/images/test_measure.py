from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.images.measure import APART, RADIUS, Measures, measure
from tasks.schema import EMOTIONS, IMAGE_SIZE, MEASURES
from tasks.synthetic.crops import crop

Face = npt.NDArray[np.uint8]

# Few levels, so that ties, empty ranges and the ends of the scale all come up.
FACES = st.tuples(st.integers(1, 5), st.integers(3, 9), st.integers(3, 9)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 7, 8, 9, 90, 96, 104, 105, 200, 247, 255]))
)


@pytest.fixture(scope="module")
def drawn() -> Face:
    return np.stack([crop(1, number, EMOTIONS[number % 7], 0) for number in range(28)])


def jpeg(face: Face, quality: int) -> Face:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0), np.uint8)


def enlarged(face: Face, side: int) -> Face:
    return np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def reduced(face: Face) -> Face:
    return np.asarray(cv2.resize(face, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA), np.uint8)


def thresholded(face: Face) -> Face:
    """Black and white when it was large, then reduced."""
    return reduced(np.asarray(cv2.threshold(enlarged(face, 192), 0, 255, cv2.THRESH_OTSU)[1], np.uint8))


def lines(face: Face) -> Face:
    """Black lines on white paper, drawn large and then reduced."""
    return reduced(np.asarray(255 - cv2.dilate(cv2.Canny(enlarged(face, 144), 60, 150), np.ones((3, 3))), np.uint8))


def faded(face: Face) -> Face:
    return np.asarray(40 + face.astype(np.float64) * 150 / 255, np.uint8)


def reference(face: Face) -> float:
    """The two tones as the docstring says it, pixel by pixel."""
    levels = face.astype(int)

    def tones(low: int, high: int) -> Face:
        return np.where(abs(levels - low) <= RADIUS, 1, np.where(abs(levels - high) <= RADIUS, 2, 0)).astype(np.uint8)

    pairs = [(low, high) for low in range(256 - APART) for high in range(low + APART, 256)]
    most = max(np.count_nonzero(tones(*pair)) for pair in pairs)
    best = next(tones(*pair) for pair in pairs if np.count_nonzero(tones(*pair)) == most)
    count = 0
    for (y, x), tone in np.ndenumerate(best):
        around = set(best[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].ravel().tolist())
        count += bool(tone) or {1, 2} <= around
    return count / face.size


def test_fields_are_the_columns_of_the_shards() -> None:
    assert Measures._fields == MEASURES


@given(FACES)
def test_levels_are_opencvs(faces: Face) -> None:
    measured = measure(faces)
    for face, mean, std in zip(faces, measured.mean, measured.std, strict=True):
        wanted = cv2.meanStdDev(face)
        assert abs(wanted[0].item() - mean) < 1e-3
        assert abs(wanted[1].item() - std) < 1e-3


@given(FACES, st.randoms(use_true_random=False))
def test_a_face_measures_the_same_in_any_batch(faces: Face, random: object) -> None:
    order = np.random.default_rng(random.getrandbits(32)).permutation(len(faces))  # type: ignore[attr-defined]
    for whole, mixed in zip(measure(faces), measure(faces[order]), strict=True):
        assert whole.dtype == np.float32
        assert whole[order].tobytes() == mixed.tobytes()
    alone = [measure(face[None]) for face in faces]
    assert all(np.stack(one).tobytes() == np.stack(measure(faces))[:, [at]].tobytes() for at, one in enumerate(alone))


def test_blocks_leave_no_trace(drawn: Face) -> None:
    many = np.concatenate([drawn] * 15)  # several blocks, cut anywhere
    for once, often in zip(measure(drawn), measure(many), strict=True):
        assert np.tile(once, 15).tobytes() == often.tobytes()


def test_no_faces_have_no_measures() -> None:
    measured = measure(np.empty((0, 48, 48), np.uint8))
    assert [(one.shape, str(one.dtype)) for one in measured] == [((0,), "float32")] * 4


@pytest.mark.parametrize(
    "faces", [np.zeros((48, 48), np.uint8), np.zeros((1, 48, 48), np.float32), np.zeros((1, 2, 48), np.uint8)]
)
def test_other_arrays_are_refused(faces: Face) -> None:
    with pytest.raises(ValueError, match="Received"):
        measure(faces)


@settings(max_examples=5, deadline=None)
@given(arrays(np.uint8, (1, 4, 5), elements=st.sampled_from([0, 8, 9, 60, 104, 105, 180, 255])))
def test_two_tone_counts_pixels_of_two_tones_and_between_them(faces: Face) -> None:
    low_first = reference(faces[0])
    assert measure(faces).two_tone[0] == np.float32(low_first)


def test_two_tone_by_hand() -> None:
    face = np.full((1, 4, 6), 20, np.uint8)
    face[0, :, 3:] = 200
    face[0, 0, 2] = 110  # between the tones: an edge
    face[0, 0, 0] = 110  # beside one tone only
    assert measure(face).two_tone[0] == np.float32(23 / 24)


@pytest.mark.parametrize(("made", "least"), [(thresholded, 0.9), (lines, 0.8)])
@pytest.mark.parametrize("quality", [60, 90])
def test_two_tone_is_near_one_for_black_and_white(
    drawn: Face, made: Callable[[Face], Face], least: float, quality: int
) -> None:
    pictures = np.stack([jpeg(made(face), quality) for face in drawn])
    assert measure(pictures).two_tone.min() > least


def test_two_tone_sees_any_two_levels(drawn: Face) -> None:
    assert measure(np.stack([faded(thresholded(face)) for face in drawn])).two_tone.min() > 0.8


def test_two_tone_is_low_for_faces(drawn: Face) -> None:
    assert measure(drawn).two_tone.max() < 0.7


def test_sharpness_by_hand() -> None:
    column = np.array([[0, 0, 0, 16, 0]] * 4, np.uint8)
    laplacian = np.array([0, 16, -32] * 2)  # of the inner pixels
    gradient = 2 * 16**2 / 4  # two steps in four neighbours, and none downwards
    assert measure(column[None]).sharpness[0] == pytest.approx(laplacian.var() / gradient)


@pytest.mark.parametrize("face", [np.full((48, 48), 77), np.tile(np.arange(48) * 3, (48, 1))])
def test_nothing_is_sharp_without_edges(face: npt.NDArray[np.int64]) -> None:
    assert measure(face[None].astype(np.uint8)).sharpness[0] == 0


def test_noise_is_as_sharp_as_can_be() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (20, 48, 48), np.uint8)
    assert measure(noise).sharpness == pytest.approx(5, rel=0.1)


def test_sharpness_falls_with_every_blur(drawn: Face) -> None:
    steps = [drawn] + [
        np.stack([np.asarray(cv2.GaussianBlur(face, (0, 0), sigma), np.uint8) for face in drawn])
        for sigma in (0.6, 1.0, 1.5, 2.5)
    ]
    assert (np.diff([measure(faces).sharpness for faces in steps], axis=0) < 0).all()


def test_sharpness_does_not_ask_for_light(drawn: Face) -> None:
    smooth = np.stack([np.asarray(cv2.GaussianBlur(face, (0, 0), 0.8), np.uint8) for face in drawn])
    dim = (smooth.astype(np.float64) * 0.4).round().astype(np.uint8)
    # Rounding to fewer levels adds a little noise.
    assert measure(dim).sharpness == pytest.approx(measure(smooth).sharpness, rel=0.15)


def test_an_enlarged_face_is_not_blurred(drawn: Face) -> None:
    large = np.stack([enlarged(face, 224) for face in drawn])
    assert (measure(large).sharpness > 0.6 * measure(drawn).sharpness).all()
