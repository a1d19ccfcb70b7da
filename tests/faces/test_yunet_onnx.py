"""YuNet's outputs decoded by hand, and beside OpenCV's runner where its file and onnxruntime are."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tasks.faces import yunet, yunet_onnx
from tasks.faces.face import Face
from tasks.params import Detector
from tasks.synthetic.scenes import still

YUNET = Path(__file__).parents[2].parent / "shared" / "data" / "detectors" / "face_detection_yunet_2023mar.onnx"
NEEDS_BOTH = pytest.mark.skipif(
    not YUNET.exists() or find_spec("onnxruntime") is None,
    reason="needs YuNet's file in ../shared/data and onnxruntime: make install EXTRAS=onnx",
)
Maps = dict[str, npt.NDArray[np.float32]]


def _maps(height: int, width: int) -> Maps:
    """Outputs of a network that sees nothing in a picture of that size."""
    found = {}
    for stride in yunet_onnx.STRIDES:
        anchors = height // stride * (width // stride)
        for kind, values in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            found[f"{kind}_{stride}"] = np.zeros((anchors, values), np.float32)
    return found


def _see(maps: Maps, stride: int, anchor: int, score: float, size: float) -> None:
    maps[f"cls_{stride}"][anchor] = score
    maps[f"obj_{stride}"][anchor] = score
    maps[f"bbox_{stride}"][anchor] = (0.5, 0.25, np.log(size / stride), np.log(2 * size / stride))
    maps[f"kps_{stride}"][anchor] = np.arange(10)


def test_an_anchor_is_decoded_as_by_hand() -> None:
    maps = _maps(64, 96)
    _see(maps, 16, 6 * 2 + 3, 0.81, 20)  # row 2, column 3 of 4 x 6
    (face,) = yunet_onnx.faces(maps, 96, 0.6)
    middle = (3.5 * 16, 2.25 * 16)
    assert (face.x, face.y, face.w, face.h) == pytest.approx((middle[0] - 10, middle[1] - 20, 20, 40))
    assert face.score == pytest.approx(0.81)
    assert face.landmarks is not None
    np.testing.assert_allclose(face.landmarks, np.add(np.arange(10).reshape(5, 2), (3, 2)) * 16)


def test_scores_are_the_geometric_mean_of_values_cut_to_0_and_1() -> None:
    maps = _maps(64, 64)
    _see(maps, 8, 0, 0.5, 8)
    _see(maps, 8, 63, 0.5, 8)
    maps["cls_8"][[0, 63]] = [[1.7], [-1.0]]
    (face,) = yunet_onnx.faces(maps, 64, 0.6)
    assert face.score == pytest.approx(np.sqrt(0.5))
    assert yunet_onnx.faces(maps, 64, 0.71) == []


def test_of_boxes_that_overlap_the_surest_stays_and_the_surest_comes_first() -> None:
    maps = _maps(128, 128)
    for anchor, score in ((0, 0.7), (1, 0.9), (15, 0.8)):
        _see(maps, 8, anchor, score, 30)
    found = yunet_onnx.faces(maps, 128, 0.6)
    assert [face.score for face in found] == pytest.approx([0.9, 0.8])


def test_nothing_is_nothing() -> None:
    assert yunet_onnx.faces(_maps(32, 32), 32, 0.1) == []


@pytest.mark.parametrize(
    ("shape", "expected"), [((1, 1), (64, 64)), ((64, 65), (64, 96)), ((480, 640), (480, 640)), ((30, 640), (64, 640))]
)
def test_pictures_are_padded_below_and_beside(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(1, 256, (*shape, 3), np.uint8)
    larger = yunet_onnx.padded(image)
    assert larger.shape == (*expected, 3)
    np.testing.assert_array_equal(larger[: shape[0], : shape[1]], image)
    assert not larger[shape[0] :].any()
    assert not larger[:, shape[1] :].any()


def _same(one: list[Face], other: list[Face]) -> None:
    assert len(one) == len(other)
    for ours, theirs in zip(one, other, strict=True):
        box = (theirs.x, theirs.y, theirs.w, theirs.h, theirs.score)
        assert (ours.x, ours.y, ours.w, ours.h, ours.score) == pytest.approx(box, abs=1e-3)
        assert ours.landmarks is not None
        assert theirs.landmarks is not None
        np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=1e-3)


@pytest.mark.real
@NEEDS_BOTH
@pytest.mark.parametrize("threshold", [0.05, 0.6])
def test_both_runners_find_the_same(threshold: float) -> None:
    wanted = Detector(threshold=threshold)
    ours, theirs = yunet_onnx.load(wanted, str(YUNET)), yunet.on_opencv(wanted, str(YUNET))
    assert ours is not None
    seen = 0
    for index, (width, height) in enumerate([(640, 480), (301, 201), (32, 32), (33, 500), (1, 1), (700, 2), (640, 30)]):
        picture = np.asarray(cv2.resize(still(21, index)[0], (width, height)), np.uint8)
        found = ours(picture)
        _same(found, theirs(picture))
        seen += len(found)
    assert seen >= 2


@pytest.mark.real
@NEEDS_BOTH
def test_files_that_onnxruntime_cannot_run_are_left_to_opencv(tmp_path: Path) -> None:
    data = YUNET.read_bytes()
    (tmp_path / "cut.onnx").write_bytes(data[: len(data) // 2] + data[-900:])
    (tmp_path / "other.onnx").write_bytes(b"no network")
    for name in ("cut.onnx", "other.onnx", "absent.onnx"):
        assert yunet_onnx.load(Detector(), str(tmp_path / name)) is None


@pytest.mark.real
@pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not in ../shared/data")
def test_without_onnxruntime_opencv_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yunet_onnx, "find_spec", lambda name: None)
    assert yunet_onnx.load(Detector(), str(YUNET)) is None
    assert yunet.load(Detector(), str(YUNET))(still(21, 0)[0]) is not None


@pytest.mark.real
@pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not in ../shared/data")
@pytest.mark.parametrize("shape", [(30, 640), (640, 30), (32, 32), (2, 700)])
def test_opencv_finds_no_endless_faces_in_thin_pictures(shape: tuple[int, int]) -> None:
    picture = np.asarray(cv2.resize(still(21, 0)[0], shape[::-1]), np.uint8)
    assert yunet.on_opencv(Detector(), str(YUNET))(picture) == []


def test_planes_are_what_opencv_gives_to_a_network() -> None:
    image = np.random.default_rng(4).integers(0, 256, (64, 96, 3), np.uint8)
    np.testing.assert_array_equal(yunet_onnx.planes(image), cv2.dnn.blobFromImage(image))


def test_planes_are_written_over_earlier_ones_of_that_size() -> None:
    one, other = (np.full((64, side, 3), side, np.uint8) for side in (96, 32))
    first = yunet_onnx.planes(one)
    assert yunet_onnx.planes(one // 2, first) is first
    assert first.max() == 48
    assert yunet_onnx.planes(other, first).shape == (1, 3, 64, 32)
