"""Near duplicates of FER-2013: what is found, and what small changes of a picture cost."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tasks import near
from tasks.images.fingerprint import distance, fingerprint
from tasks.params import Clean

FER = Path(__file__).parents[3] / "shared" / "data" / "fer2013"
APART = Clean().near_distance

pytestmark = [pytest.mark.real, pytest.mark.skipif(not FER.exists(), reason="../shared/data/fer2013 is absent")]


@pytest.fixture(scope="module")
def faces() -> npt.NDArray[np.uint8]:
    """A third of the data set, each picture once."""
    with zipfile.ZipFile(FER / "fer2013.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")][::3]
        decoded = [cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE) for name in names]
    unique = np.unique(np.stack([np.asarray(face, np.uint8) for face in decoded]), axis=0)
    return np.asarray(unique[unique.std(axis=(1, 2)) >= 1], np.uint8)


def test_no_close_pair_is_missed(faces: npt.NDArray[np.uint8]) -> None:
    prints = fingerprint(faces)
    found = near.leaders(prints, np.arange(len(prints)), APART)
    assert 100 < (found >= 0).sum() < 400
    stands = prints[found < 0]
    signs = np.unpackbits(stands, axis=1)[:, :252].astype(np.float32) * 2 - 1
    missed = sum(
        int(np.count_nonzero((252 - signs[start : start + 1000] @ signs.T) / 2 <= APART) - len(signs[start:][:1000]))
        // 2
        for start in range(0, len(signs), 1000)
    )
    assert missed <= 2


@pytest.mark.parametrize(("quality", "least"), [(30, 0.99), (75, 0.999)])
def test_a_jpeg_of_a_picture_is_its_copy(faces: npt.NDArray[np.uint8], quality: int, least: float) -> None:
    some = faces[::20]
    again = [
        cv2.imdecode(cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
        for face in some
    ]
    assert recall(some, np.stack([np.asarray(face, np.uint8) for face in again])) >= least


@pytest.mark.parametrize(("name", "least"), [("brighter", 0.99), ("noise", 0.99), ("shifted", 0.75), ("flipped", 0.0)])
def test_changes_that_leave_a_copy(faces: npt.NDArray[np.uint8], name: str, least: float) -> None:
    some = faces[::20].astype(np.int64)
    noise = np.random.default_rng(1).normal(0, 10, some.shape).astype(np.int64)
    changed = {
        "brighter": some + 20,
        "noise": some + noise,
        "shifted": np.concatenate([some[:, :, 1:], some[:, :, -1:]], axis=2),
        "flipped": some[:, :, ::-1],
    }[name]
    found = recall(faces[::20], np.clip(changed, 0, 255).astype(np.uint8))
    assert found >= least
    assert name != "flipped" or found < 0.01


def recall(faces: npt.NDArray[np.uint8], changed: npt.NDArray[np.uint8]) -> float:
    return float((distance(fingerprint(faces), fingerprint(changed)) <= APART).mean())
