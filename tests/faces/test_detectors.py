"""YuNet and Haar on drawn pictures; YuNet where its file is."""

from functools import lru_cache
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest

from tasks.errors import UsageError
from tasks.faces import DETECTORS, WITHOUT_LANDMARKS, detect, haar, yunet
from tasks.faces.face import Face
from tasks.faces.track import overlap
from tasks.params import Detector
from tasks.synthetic.scenes import still
from tasks.synthetic.truth import TruthFace

YUNET = Path(__file__).parents[2].parent / "shared" / "data" / "detectors" / "face_detection_yunet_2023mar.onnx"
NEEDS_YUNET = [pytest.mark.real, pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not in ../shared/data")]
BOTH = ["haar", pytest.param("yunet", marks=NEEDS_YUNET)]

Picture = npt.NDArray[np.uint8]


def _weights(name: str) -> str:
    return str(YUNET) if name == "yunet" else ""


@lru_cache
def _stills() -> list[tuple[Picture, TruthFace]]:
    """12 pictures of one large frontal face."""
    found = []
    for index in range(45):
        picture, (face,) = still(21, index)
        if face.h > 80 and max(abs(face.yaw), abs(face.pitch), abs(face.roll)) < 12:
            found.append((picture, face))
    assert len(found) >= 12
    return found[:12]


def _hits(face: TruthFace, found: list[Face]) -> bool:
    return any(overlap(one, Face(face.x, face.y, face.w, face.h, 1)) >= 0.4 for one in found)


def test_the_registry_names_what_params_allow() -> None:
    assert {"auto", *DETECTORS} == set(get_args(Detector.model_fields["name"].annotation))
    assert set(WITHOUT_LANDMARKS) < set(DETECTORS)


@pytest.mark.parametrize("name", BOTH)
def test_drawn_faces_are_found(name: str) -> None:
    pictures = _stills()
    found = [detect.find(picture, name, Detector(), _weights(name)) for picture, _ in pictures]
    hits = sum(_hits(face, faces) for (_, face), faces in zip(pictures, found, strict=True))
    assert hits >= 11
    for faces in found:
        assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
        assert all(0 < face.score <= 1 for face in faces)
        assert all((face.landmarks is None) == (name in WITHOUT_LANDMARKS) for face in faces)


@pytest.mark.parametrize("name", BOTH)
def test_a_larger_picture_gives_the_same_boxes(name: str) -> None:
    picture, face = _stills()[0]
    large = picture.repeat(3, axis=0).repeat(3, axis=1)
    found = detect.find(large, name, Detector(max_side=640), _weights(name))
    bigger = TruthFace(face.x * 3, face.y * 3, face.w * 3, face.h * 3, 0, "", 0, 0, 0, 0)
    assert _hits(bigger, found)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (15, 15), (31, 33), (3, 1024), (30, 640)])
def test_pictures_of_any_shape_are_bearable(name: str, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert detect.find(noise, name, Detector(), _weights(name)) == []


@pytest.mark.parametrize("name", BOTH)
def test_nothing_is_found_in_nothing(name: str) -> None:
    assert detect.find(np.full((480, 640, 3), 127, np.uint8), name, Detector(), _weights(name)) == []


@pytest.mark.real
@pytest.mark.skipif(not YUNET.exists(), reason="YuNet's file is not in ../shared/data")
def test_yunets_landmarks_are_in_the_stated_order() -> None:
    for picture, face in _stills()[:5]:
        (found,) = detect.find(picture, "yunet", Detector(), str(YUNET))[:1]
        assert found.landmarks is not None
        assert found.landmarks.shape == (5, 2)
        right_eye, left_eye, nose, right_mouth, left_mouth = found.landmarks
        assert right_eye[0] < nose[0] < left_eye[0]  # the person's right is the picture's left
        assert right_mouth[0] < left_mouth[0]
        assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
        inside = (found.landmarks > [face.x - 4, face.y - 4]) & (
            found.landmarks < [face.x + face.w + 4, face.y + face.h + 4]
        )
        assert inside.all()  # fmt: skip


@pytest.mark.parametrize("data", [None, b"", b"not a network"])
def test_a_file_that_is_no_yunet_is_a_usage_error(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "mine.onnx"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match=r"detector\.weights: .*mine\.onnx' is not a YuNet file"):
        yunet.load(Detector(), str(path))


def test_haar_keeps_to_the_least_score() -> None:
    picture, _ = _stills()[0]
    found = haar.load(Detector(), "")(picture)
    assert found
    best = found[0].score
    assert haar.load(Detector(threshold=best), "")(picture)[0] == found[0]
    assert haar.load(Detector(threshold=min(1.0, best + 1e-6)), "")(picture) == []


def test_haar_reads_no_file_and_keeps_to_the_least_size() -> None:
    picture, face = _stills()[0]
    assert _hits(face, haar.load(Detector(), "/no/such/file")(picture))
    assert haar.load(Detector(min_size=400), "")(picture) == []
