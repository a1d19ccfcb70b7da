"""Crops of a real run: what the model saw, and what it says of them again."""

from dataclasses import replace
from pathlib import Path

import cv2
import datasets
import numpy as np
import pyarrow.dataset as ds
import pytest
from made_job import scoring_job

from tasks.classify import Classifier
from tasks.media.walk import walk
from tasks.schema import EMOTIONS
from tasks.score import compact, totals
from tasks.score.job import Job
from tasks.score.unit import score_unit
from tasks.score.units import arrange
from tasks.synthetic.scenes import still

pytestmark = pytest.mark.chain


@pytest.fixture
def scoring(bundle_folder: Path) -> Job:
    return replace(scoring_job(bundle_folder), keep_crops=True, images_per_unit=4)


def _run(media: Path, wanted: Job, out: Path) -> None:
    made = arrange(list(walk([str(media)], wanted.limits)), wanted)
    for unit in made.units:
        score_unit(unit, wanted, out)
    compact.compact(out, made.groups, keep_crops=True)
    totals.reconcile(out, len(list(media.iterdir())))


def test_crops_open_as_images_and_the_model_says_the_same_of_them(tmp_path: Path, scoring: Job) -> None:
    media, out = tmp_path / "media", tmp_path / "out"
    media.mkdir()
    for number in range(10):
        cv2.imwrite(str(media / f"{number}.png"), still(21, number)[0])
    _run(media, scoring, out)
    opened = datasets.load_dataset(
        "parquet", data_files=str(out / "crops" / "*.parquet"), split="train", cache_dir=str(tmp_path / "cache")
    )
    crops = np.stack([np.asarray(picture) for picture in opened["image"]])
    faces = ds.dataset(out / "faces").to_table()
    assert len(faces) > 4
    assert opened["source"][:] == faces["source"].to_pylist()
    said = Classifier(Path(scoring.model)).predict(crops)
    np.testing.assert_array_equal(said, np.stack([faces[f"p_{emotion}"].to_numpy() for emotion in EMOTIONS], axis=1))
