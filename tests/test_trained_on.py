"""What a bundle says of the images that it was trained on, and what becomes of it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_training import TINY, Training

from tasks import bundle, dataset, files, trained_on
from tasks.classify import Classifier
from tasks.errors import SourceError, UsageError
from tasks.evaluation import truth
from tasks.evaluation.judge import judge
from tasks.gate import decide, measure
from tasks.params import Ceilings, Evaluate, Floors, Promote, Train

LOW = Promote(floors=Floors(accuracy=0.0, macro_f1=0.0), ceilings=Ceilings(ece=1.0, parity=1.0))


def _images(folder: Path, split: str) -> set[int]:
    split_of = dataset.load(folder, split, augmented=False)
    return set(trained_on.prefixes(trained_on.hashed(split_of.images)).tolist())


def test_a_trained_bundle_holds_the_hashes_of_both_its_splits(training: Training, prepared_folder: Path) -> None:
    seen = trained_on.read(training.folder, training.trained.card)
    assert seen is not None
    wanted = _images(prepared_folder, "training") | _images(prepared_folder, "validation")
    assert set(seen.hashes.tolist()) == wanted
    assert not wanted & _images(prepared_folder, "public")
    assert seen.unknown == ()
    assert (training.folder / trained_on.NAME).stat().st_size == 128 + 8 * len(wanted)


def test_what_it_starts_from_and_learns_from_counts_too(
    training: Training, prepared_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(training.folder, other)
    card = bundle.read_card(other)
    far = trained_on.Seen(np.array([7, 9], np.uint64), ("grandmother",))
    bundle.write_card(
        other, replace(card, trained_on=trained_on.write(other, far), learnt_from_unknown=list(far.unknown))
    )
    found = trained_on.of(prepared_folder, Train(start=str(other)))
    assert {7, 9} < set(found.hashes.tolist())
    assert found.unknown == ("grandmother",)
    bundle.write_card(other, replace(card, trained_on=None))
    assert trained_on.of(prepared_folder, Train(start=str(other))).unknown == (str(other),)
    assert trained_on.of(prepared_folder, Train(), ["weights.h5"]).unknown == ("weights.h5",)


def test_a_bundle_made_of_it_carries_it_on_with_what_it_was_fitted_to(training: Training, tmp_path: Path) -> None:
    seen = trained_on.read(training.folder, training.trained.card)
    faces = np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8)
    card = trained_on.carry(training.folder, tmp_path, training.trained.card, faces)
    carried = trained_on.read(tmp_path, card)
    assert seen is not None and carried is not None
    assert set(carried.hashes.tolist()) - set(seen.hashes.tolist()) == set(
        trained_on.prefixes(trained_on.hashed(faces)).tolist()
    )
    unknown = replace(card, trained_on=None)
    assert trained_on.carry(training.folder, tmp_path, unknown) == unknown


@pytest.mark.parametrize("damage", ["gone", "changed", "pickled"])
def test_a_file_that_is_not_the_cards_is_refused(training: Training, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(training.folder, folder)
    card, path = bundle.read_card(folder), folder / trained_on.NAME
    if damage == "gone":
        path.unlink()
    elif damage == "changed":
        np.save(path, np.zeros(3, np.uint64))
    else:
        np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
        card = replace(card, trained_on=files.sha256(path))
    with pytest.raises(UsageError, match=r"can't be read: .*Copy the whole bundle"):
        trained_on.read(folder, card)


def test_a_shard_that_is_damaged_is_told(prepared_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(prepared_folder, copy)
    next((copy / "shards" / "training").glob("*.parquet")).write_bytes(b"no")
    with pytest.raises(SourceError, match="missing or damaged"):
        trained_on.of(copy, TINY.train)


@pytest.mark.parametrize(("split", "held"), [("public", False), ("training", True), ("validation", True)])
def test_a_model_is_refused_on_the_images_that_it_was_trained_on(
    training: Training, prepared_folder: Path, tmp_path: Path, split: str, held: bool
) -> None:
    faces = dataset.load(prepared_folder, split, augmented=False)
    answers = judge(Classifier(training.folder).raw, faces.images, faces.labels, faces.keys, Evaluate())
    words = truth.of("labels", faces.labels, None)
    ground = measure.ground(prepared_folder, faces, answers, (), tmp_path, words)
    assert ground.found == ground.digest
    assert {"class", "brightness", "sharpness", "resolution"} <= set(ground.slices)
    found = measure.evidence(training.folder, answers, faces, None, None, words, "everyday")
    assert found.seen == (len(faces.labels) if held else 0)
    said = decide(found, None, ground, LOW)
    assert said.promoted is not held
    if held:
        assert said.reasons[0].startswith(f"it was trained or chosen on {len(faces.labels)} of the")
    changed = replace(answers, hashes=np.roll(answers.hashes, 1, axis=1))
    again = measure.ground(prepared_folder, faces, changed, (), tmp_path, words)
    assert "data digest" in [one.name for one in decide(found, None, again, LOW).checks if not one.ok]
