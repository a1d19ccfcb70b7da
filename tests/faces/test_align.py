import cv2
import numpy as np
import numpy.typing as npt
import pytest
from drawn_face import drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.faces import align

Picture = npt.NDArray[np.uint8]


def _moved(points: npt.NDArray[np.float64], matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def _turn(degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> npt.NDArray[np.float64]:
    angle = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([linear, shift])


def _landmarks(left: float, top: float, side: float) -> npt.NDArray[np.float32]:
    """Those of an average face whose square is upright there."""
    places = np.insert(align.PLACES, 2, [0.5, 0.55], axis=0)
    return (places * side + [left, top]).astype(np.float32)


def _umeyama(source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """As in the paper: a singular value decomposition of the covariance, mirroring forbidden."""
    one, other = source - source.mean(axis=0), target - target.mean(axis=0)
    u, d, vt = np.linalg.svd(other.T @ one / len(source))
    sign = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(sign) @ vt
    scale = (d * sign).sum() / (one**2).sum(axis=1).mean()
    return np.column_stack([scale * rotation, target.mean(axis=0) - scale * rotation @ source.mean(axis=0)])


@settings(max_examples=60, deadline=None)
@given(st.floats(-180, 180), st.floats(0.05, 20), st.floats(-500, 500), st.floats(-500, 500))
def test_a_known_similarity_comes_back(degrees: float, scale: float, x: float, y: float) -> None:
    truth = _turn(degrees, scale, (x, y))
    points = np.array([[0.0, 0.0], [10.0, 3.0], [4.0, 9.0], [-7.0, 2.0]])
    matrix, explained = align.similarity(points, _moved(points, truth))
    np.testing.assert_allclose(matrix, truth, atol=1e-6)
    assert explained == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_points_that_do_not_fit_are_fitted_as_umeyama_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    source, target = random.normal(0, 20, (5, 2)), random.normal(0, 1, (5, 2))
    matrix, explained = align.similarity(source, target)
    np.testing.assert_allclose(matrix, _umeyama(source, target), atol=1e-9)
    assert np.linalg.det(matrix[:, :2]) >= 0
    left = ((_moved(source, matrix) - target) ** 2).sum() / ((target - target.mean(axis=0)) ** 2).sum()
    assert explained == pytest.approx(1 - left)


def test_one_point_explains_nothing() -> None:
    assert align.similarity(np.full((4, 2), 7.0), align.PLACES)[1] == 0


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("roll", [-40, -12, 0, 5, 25, 60])
def test_eyes_come_out_level_at_the_same_places_whatever_the_roll(number: int, roll: float) -> None:
    _, upright, _ = drawn(number, 0)
    _, landmarks, _ = drawn(number, roll)
    straight, found = align.square(upright), align.square(landmarks)
    assert straight is not None
    assert found is not None
    places = _moved(landmarks.astype(float), found)
    np.testing.assert_allclose(places, _moved(upright.astype(float), straight), atol=1e-5)
    assert places[0, 1] == pytest.approx(places[1, 1], abs=1e-5)
    np.testing.assert_allclose(places[[0, 1, 3, 4]], align.PLACES, atol=0.09)


def test_a_turned_face_is_levelled_too() -> None:
    for yaw, pitch in ((25, 0), (-25, 10), (0, -15)):
        _, landmarks, _ = drawn(1, 18, yaw, pitch)
        matrix = align.square(landmarks)
        assert matrix is not None
        places = _moved(landmarks.astype(float), matrix)
        tilt = np.degrees(np.arctan2(*(places[1] - places[0])[::-1]))
        assert abs(tilt) < 4


@pytest.mark.parametrize(
    "landmarks",
    [
        np.full((5, 2), 9.0),
        _landmarks(10, 10, 50)[[1, 0, 2, 4, 3]],  # a mirrored face: left is not right
        np.array([[0, 0], [50, 0], [25, 0], [0, 1], [50, 1]]),
        np.array([[0, 0], [60, 60], [30, 30], [60, 0], [0, 60]]),
    ],
)
def test_what_is_no_face_has_no_square(landmarks: npt.NDArray[np.float64]) -> None:
    assert align.square(landmarks.astype(np.float32)) is None


def test_a_profile_has_one() -> None:
    profile = _landmarks(0, 0, 100)
    profile[[0, 1, 3, 4], 0] = 50 + np.array([0.4, -0.4, 0.4, -0.4])
    assert align.square(profile) is not None


def _counted(height: int = 80, width: int = 100) -> Picture:
    """Blue is the column, green the row."""
    rows, columns = np.indices((height, width))
    return np.dstack([columns, rows, np.zeros_like(rows)]).astype(np.uint8)


def _sample(image: Picture, landmarks: npt.NDArray[np.float32], margin: float = 0.0) -> Picture:
    matrix = align.square(landmarks)
    assert matrix is not None
    return align.sample(image, matrix, margin)


def test_an_upright_square_is_cut_pixel_by_pixel() -> None:
    image = _counted()
    np.testing.assert_array_equal(_sample(image, _landmarks(20, 10, 40)), image[10:50, 20:60])
    np.testing.assert_array_equal(_sample(image, _landmarks(20, 10, 40), 0.25), image[0:60, 10:70])
    np.testing.assert_array_equal(_sample(image, _landmarks(20, 10, 40), -0.25), image[20:40, 30:50])
    np.testing.assert_array_equal(_sample(image[..., 1], _landmarks(20, 10, 40)), image[10:50, 20:60, 1])


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_is_turned_back_pixel_by_pixel(quarters: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    turned = np.ascontiguousarray(np.rot90(image, -quarters))  # clockwise
    matrix = _turn(90 * quarters)
    landmarks = (_moved(_landmarks(20, 10, 40).astype(float) - 40, matrix) + 40).astype(np.float32)
    np.testing.assert_array_equal(_sample(turned, landmarks), image[10:50, 20:60])


def test_outside_of_the_picture_the_nearest_pixels_fill() -> None:
    found = _sample(_counted(), _landmarks(-10, -5, 40))
    assert found.shape == (40, 40, 3)
    assert (found[:5, :, 1] == 0).all()
    assert (found[:, :10, 0] == 0).all()
    assert found[-1, -1].tolist() == [29, 34, 0]
    corner = _sample(_counted(), _landmarks(80, 60, 40))
    assert corner[-1, -1].tolist() == [99, 79, 0]


def test_a_square_outside_altogether_is_the_nearest_pixel() -> None:
    assert (_sample(_counted(), _landmarks(500, 300, 40)) == [99, 79, 0]).all()
    assert (_sample(_counted(), _landmarks(-500, -300, 40)) == 0).all()


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-180, 180), st.floats(0.4, 90), st.floats(-50, 150), st.floats(-50, 150), st.floats(-0.4, 2)
)  # fmt: skip
def test_any_face_gives_a_square_of_its_own_size(
    degrees: float, side: float, x: float, y: float, margin: float
) -> None:
    landmarks = _moved(_landmarks(-side / 2, -side / 2, side).astype(float), _turn(degrees, 1.0, (x, y)))
    matrix = align.square(landmarks.astype(np.float32))
    if matrix is None:  # a face of half a pixel
        assert side < 1
        return
    found = align.sample(_counted(), matrix, margin)
    assert found.shape[0] == found.shape[1]
    assert abs(found.shape[0] - max(1.0, side * (1 + 2 * margin))) <= 0.51


def test_a_picture_longer_than_cv2_warps_is_cut() -> None:
    wide = np.zeros((60, 40_000), np.uint8)
    wide[:, 39_900:] = _counted(60, 100)[..., 0]
    np.testing.assert_array_equal(_sample(wide, _landmarks(39_920, 10, 40)), wide[10:50, 39_920:39_960])


def test_a_huge_face_is_averaged_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(align, "LARGEST", 50)
    stripes = np.zeros((400, 400), np.uint8)
    stripes[:, ::2] = 200
    found = _sample(stripes, _landmarks(100, 100, 200))
    assert found.shape == (50, 50)
    assert np.all(np.abs(found.astype(int) - 100) <= 1)
    ramp = np.tile(np.arange(400) // 2, (400, 1)).astype(np.uint8)
    np.testing.assert_allclose(_sample(ramp, _landmarks(100, 100, 200)).mean(axis=0), np.arange(51, 149.1, 2), atol=1)


@pytest.mark.parametrize("roll", [-30, -10, 15, 35])
def test_a_rolled_drawn_face_gives_the_crop_of_the_upright_one(roll: float) -> None:
    straight, upright, (x, y, w, h) = drawn(2, 0)
    tilted, landmarks, _ = drawn(2, roll)
    expected, found = _sample(straight, upright).astype(int), _sample(tilted, landmarks).astype(int)
    inner = slice(len(expected) // 8, -len(expected) // 8)  # hair hangs down, shoulders stay
    apart = np.abs(found - expected)[inner, inner].mean()
    left, top, side = round(x + w / 2 - h / 2), round(y), round(h)
    boxes = [
        cv2.resize(picture[top : top + side, left : left + side], found.shape[:2]) for picture in (straight, tilted)
    ]
    assert apart < np.abs(boxes[0].astype(int) - boxes[1])[inner, inner].mean() / 3
    assert apart < 4
