"""FER-2013's pictures through the cleaning rules, and FER+'s votes over its two layouts."""

import csv
import gzip
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from tasks.images.clean import flaws
from tasks.images.measure import Measures, measure
from tasks.images.normalise import normalise
from tasks.params import Clean, Normalise, Votes
from tasks.schema import EMOTIONS, REASONS
from tasks.sources.fer2013_csv import NUMBERS
from tasks.votes import Overlay, load, majority, not_a_face

SHARED = Path(__file__).parents[3] / "shared" / "data"
FER = SHARED / "fer2013"
FERPLUS = SHARED / "ferplus"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (FER.is_dir() and FERPLUS.is_dir()), reason="../shared/data is absent"),
]


class Fer(NamedTuple):
    names: list[str]
    faces: npt.NDArray[np.uint8]  # (n, 48, 48)
    measures: Measures


@pytest.fixture(scope="module")
def fer() -> Fer:
    with zipfile.ZipFile(FER / "fer2013.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
        files = [np.frombuffer(archive.read(name), np.uint8) for name in names]
    faces = np.stack([np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8) for file in files])
    return Fer(names, faces, measure(faces))


@pytest.fixture(scope="module")
def overlay() -> Overlay:
    found = load(Votes(kind="ferplus", path=str(FERPLUS / "fer2013new.csv"), join=str(FERPLUS)))
    assert found is not None
    return found


def rejected(measures: Measures) -> Counter[str]:
    return Counter(REASONS[at] for at in flaws(measures, Clean()).reasons if at >= 0)


def test_defaults_reject_what_is_no_face_and_little_else(fer: Fer) -> None:
    # Looked at one by one: of the 47, 5 and 2 one is a face in a photograph that can still be read.
    counts = rejected(fer.measures)
    assert counts["blank"] == 13
    assert 42 <= counts["two_tone"] <= 52
    assert counts["too_dark"] <= 1
    assert 4 <= counts["too_bright"] <= 6
    assert 1 <= counts["blurred"] <= 4
    assert counts.total() < 0.015 * len(fer.names)


def test_notices_are_no_faces(fer: Fer) -> None:
    """A sign, a notice in small print, one in large print, a threshold, a drawing, a faded photograph, a page."""
    names = [
        "train/angry/Training_25739285.jpg", "train/fear/Training_75260133.jpg", "train/surprise/Training_57669898.jpg",
        "train/angry/Training_61077408.jpg", "train/angry/Training_35803006.jpg", "train/fear/Training_40842938.jpg",
        "train/neutral/Training_42279539.jpg",
    ]  # fmt: skip
    rows = [fer.names.index(name) for name in names]
    found = flaws(Measures(*(one[rows] for one in fer.measures)), Clean())
    reasons = [REASONS[at] for at in found.reasons]
    assert reasons == ["two_tone"] * 5 + ["blurred", "too_bright"]


@pytest.mark.parametrize("side", [16, 20, 24, 32, 40, 64, 112, 224])
def test_faces_of_any_size_are_kept(fer: Fer, side: int) -> None:
    how = cv2.INTER_AREA if side < 48 else cv2.INTER_CUBIC
    originals = [np.asarray(cv2.resize(face, (side, side), interpolation=how), np.uint8) for face in fer.faces[::16]]
    counts = rejected(measure(np.stack([normalise(original, Normalise()) for original in originals])))
    assert counts.total() < 0.01 * len(originals)


def test_votes_of_the_folders(fer: Fer, overlay: Overlay) -> None:
    splits = ["training" if "Training_" in name else "public" for name in fer.names]
    rows = overlay.find(pa.array(fer.names), pa.array(splits))
    assert np.count_nonzero(rows >= 0) == 32_135  # 32,137 rows of the join, two of which are of one file
    labels = np.array([EMOTIONS.index(name.split("/")[-2]) for name in fer.names])[rows >= 0]
    winners = majority(overlay.counts[rows[rows >= 0]])
    assert np.mean(winners == labels) == pytest.approx(0.617, abs=0.001)
    assert np.mean(winners[winners >= 0] == labels[winners >= 0]) == pytest.approx(0.649, abs=0.001)
    below = overlay.find(pa.array([f"fer2013/{name}" for name in fer.names]), pa.array(splits))
    assert np.count_nonzero(below >= 0) == 32_132  # three more files share their name with another
    assert (below[below >= 0] == rows[below >= 0]).all()


def test_votes_of_the_rows(overlay: Overlay) -> None:
    with gzip.open(FER / "fer2013-head.csv.gz", "rt") as stream:
        emotions = [NUMBERS[int(row["emotion"])] for row in csv.DictReader(stream)]
    labels = np.array([EMOTIONS.index(emotion) for emotion in emotions])
    rows = overlay.find(pa.array([f"row-{at:07d}" for at in range(len(labels))]), pa.array(["training"] * len(labels)))
    assert np.mean(majority(overlay.counts[rows]) == labels) > 0.59
    with (FERPLUS / "fer2013new.csv").open() as stream:
        names = [row["Image name"] for row in csv.DictReader(stream)]
    numbers = {int(name[3:10]): row for row, name in enumerate(names) if name}
    trap = [number for number, row in numbers.items() if row != number < len(labels)]
    assert trap[0] == 59
    assert np.mean(majority(overlay.counts[[numbers[number] for number in trap]]) == labels[trap]) < 0.25


def test_what_nobody_calls_a_face(overlay: Overlay) -> None:
    assert np.count_nonzero(not_a_face(overlay.counts, 1.0)) == 176
    assert overlay.counts.shape == (35_887, 10)
    assert np.bincount(overlay.usages).tolist() == [28_709, 3_589, 3_589]
