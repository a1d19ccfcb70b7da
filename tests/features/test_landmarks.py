import numpy as np
import pytest
from fake_detector import NAME, installed

from tasks.faces import align
from tasks.faces.face import Face
from tasks.faces.subject import SHORTER
from tasks.features.landmarks import landmarks
from tasks.params import Detector

PLACES = np.insert(align.PLACES, 2, [0.5, 0.55], axis=0)


@pytest.mark.parametrize("shape", [(48, 48), (48, 48, 3), (300, 300)])
def test_they_are_found_on_the_enlarged_face_and_come_in_its_own_pixels(shape: tuple[int, ...]) -> None:
    side = max(SHORTER, shape[0])
    with installed() as fake:
        fake.faces = [Face(0, 0, side, side, 0.9, (PLACES * side).astype(np.float32))]
        found = landmarks(np.zeros(shape, np.uint8), Detector(), NAME, "")
        assert fake.seen[0] == (side, side, 3)
    assert found == pytest.approx(PLACES * shape[0], rel=0.05)


def test_the_largest_sure_face_counts() -> None:
    with installed() as fake:
        marks = (PLACES * SHORTER).astype(np.float32)
        fake.faces = [
            Face(0, 0, 20, 20, 0.99, (marks / 9).astype(np.float32)),
            Face(0, 0, SHORTER, SHORTER, 0.7, marks),
        ]
        found = landmarks(np.zeros((48, 48), np.uint8), Detector(), NAME, "")
    assert found is not None
    assert found[1, 0] - found[0, 0] == pytest.approx(0.35 * 48, rel=0.1)


def test_no_face_or_no_landmarks_are_none() -> None:
    with installed() as fake:
        assert landmarks(np.zeros((48, 48), np.uint8), Detector(), NAME, "") is None
        fake.faces = [Face(0, 0, 150, 150, 0.9)]
        assert landmarks(np.zeros((48, 48), np.uint8), Detector(), NAME, "") is None
