from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_detector import NAME, Fake, installed

from flows import judging
from tasks import bundle, params
from tasks.errors import ParamsError
from tasks.evaluation.poses import poses
from tasks.faces import pose
from tasks.faces.face import Face
from tasks.params import Detector, Evaluate, Prepare, Slices

REFERENCE = Path(__file__).parents[2] / "models" / "reference"
CENTRE = 96.0  # of a crop of 48 pixels, enlarged to 192


@pytest.fixture
def fake() -> Iterator[Fake]:
    with installed() as made:
        yield made


def _face(yaw: float) -> Face:
    angle = np.radians(yaw)
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    marks = (pose.MEAN_FACE @ turn.T)[:, :2] + CENTRE
    return Face(CENTRE - 60, CENTRE - 60, 120, 120, 0.9, marks.astype(np.float32))


def test_each_face_has_the_angles_of_its_landmarks_and_none_without_any(fake: Fake) -> None:
    crops = np.stack([np.full((48, 48), level, np.uint8) for level in (10, 120, 240)])
    turned = {10: [_face(-30)], 120: [], 240: [_face(40)]}
    fake.look = lambda image: turned[int(image[0, 0, 0])]
    found = poses(crops, Detector(), NAME, "")
    assert fake.seen[0] == (192, 192, 3)
    np.testing.assert_allclose(found["yaw"], [-30, np.nan, 40], atol=3)
    assert np.isnan(found["pitch"]).tolist() == [False, True, False]


def test_a_detector_without_landmarks_is_refused() -> None:
    settings = params.Params(
        evaluate=Evaluate(slices=Slices(pose=True)), prepare=Prepare(detector=Detector(name="haar"))
    )
    card = bundle.read_card(REFERENCE)
    with pytest.raises(ParamsError, match=r"evaluate\.slices\.pose.*haar finds none.*prepare\.detector\.weights"):
        judging.task(settings, REFERENCE, card)
