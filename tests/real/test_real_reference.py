"""The model that comes with Fermata on PublicTest: what its card says is what it does."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks import files
from tasks.classify import Classifier
from tasks.locate import REFERENCE
from tasks.schema import EMOTIONS

ROOT = Path(__file__).parents[2]
ZIP = ROOT / "../shared/data/fer2013/fer2013.zip"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ZIP.is_file(), reason="../shared/data has no FER-2013"),
]


def test_its_accuracy_is_that_of_its_card() -> None:
    with zipfile.ZipFile(ZIP) as archive:
        names = sorted(name for name in archive.namelist() if "PublicTest_" in name)
        faces = [cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE) for name in names]
    labels = np.array([EMOTIONS.index(name.split("/")[-2]) for name in names])
    answers = Classifier(ROOT / REFERENCE).raw(np.stack([np.asarray(face, np.uint8) for face in faces]))
    metrics = files.read_json(ROOT / REFERENCE / "metrics.json")
    assert len(names) == metrics["images"]
    # Kernels of another processor may round another way.
    assert (answers.argmax(axis=1) == labels).mean() == pytest.approx(metrics["tta"]["accuracy_without"], abs=0.003)
