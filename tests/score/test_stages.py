"""Two stages come to the very tables of one."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_job import entry, job, scoring_job

from tasks.media.walk import walk
from tasks.score import parts, stages
from tasks.score.job import Job, Unit
from tasks.score.predict import Tally
from tasks.score.unit import score_unit
from tasks.score.units import arrange
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for number in range(6):
        cv2.imwrite(str(folder / f"{number}.png"), still(21, number)[0])
    cv2.imwrite(str(folder / "empty.png"), np.full((90, 120, 3), 99, np.uint8))
    (folder / "broken.png").write_bytes((folder / "0.png").read_bytes()[:3000])
    write_clip(folder / "v.mp4", clip(5, 3, 1.0, 10.0, 1, 1, 320, 240))
    return folder


def _units(media: Path, wanted: Job) -> list[Unit]:
    return arrange(list(walk([str(media)], wanted.limits)), wanted).units


def _part(out: Path, unit: Unit) -> dict[str, pa.Table]:
    found = parts.read(out, unit.id, parts.UNITS)
    return found | {"files": found["files"].drop_columns("seconds")}


@pytest.mark.chain
@pytest.mark.parametrize("keep_crops", [False, True])
def test_two_stages_write_the_parts_of_one(tmp_path: Path, bundle_folder: Path, media: Path, keep_crops: bool) -> None:
    wanted = replace(scoring_job(bundle_folder), keep_crops=keep_crops)
    units = _units(media, wanted)
    one, two = tmp_path / "one", tmp_path / "two"
    tallies = [score_unit(unit, wanted, one) for unit in units]
    assert sum(tally.faces for tally in tallies) > 4
    (batch,) = stages.batches((unit, stages.look(unit, wanted, two)) for unit in units)
    assert parts.finished(two) == set()
    again = [stages.look(unit, wanted, two) for unit in units]  # as a run that goes on does
    finished = dict(stages.classify(batch, wanted, two))
    for unit, tally, seen in zip(units, tallies, again, strict=True):
        assert _part(two, unit).keys() == _part(one, unit).keys()
        for name, table in _part(one, unit).items():
            assert _part(two, unit)[name].equals(table), name
        known = (tally.files, tally.frames, tally.faces, tally.statuses)
        assert (seen.files, seen.frames, seen.faces, seen.statuses) == known
        assert (finished[unit.id].frames, finished[unit.id].faces, finished[unit.id].statuses) == known[1:]
        assert finished[unit.id].bytes == (two / parts.UNITS / f"{unit.id}.zip").stat().st_size
        assert finished[unit.id].seconds > 0
    assert list((two / parts.LOOKED).iterdir()) == []
    assert dict(stages.classify(batch, wanted, two)).keys() == finished.keys()  # a batch that is done again


@given(st.lists(st.integers(0, 200), max_size=200))
def test_batches_hold_every_unit_once_and_enough_faces(faces: list[int]) -> None:
    looked = [(Unit(f"u{number}", (entry("a"),)), Tally(1, 1, count)) for number, count in enumerate(faces)]
    found = list(stages.batches(looked))
    assert [one for batch in found for one in batch] == [(unit.id, tally) for unit, tally in looked]
    for batch in found[:-1]:
        assert len(batch) == stages.UNITS or sum(tally.faces for _, tally in batch) >= stages.FACES
        assert sum(tally.faces for _, tally in batch[:-1]) < stages.FACES
        assert len(batch) <= stages.UNITS


def test_a_unit_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="u1"):
        stages.classify([("u1", Tally(1, 1, 1))], job(), tmp_path)
