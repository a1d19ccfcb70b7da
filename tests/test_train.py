import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prepared_faces import prepare
from tiny_training import TINY, Training

from tasks import bundle, dataset, export, files, manifest, train, trained_on
from tasks.classify import Classifier, channels
from tasks.errors import ParamsError, SourceError, TrainingError
from tasks.params import (
    Augment,
    Data,
    Distil,
    Fill,
    Loss,
    Mixing,
    ModelParams,
    Negatives,
    Normalise,
    Optimiser,
    Params,
    Split,
    Synthetic,
    Train,
)
from tasks.schema import EMOTIONS, REJECTS
from tasks.training import checkpoint
from tasks.training.watch import Epoch

ROOT = Path(__file__).parent.parent
SMALL = ModelParams(architecture="resnet", stem=4, widths=(4, 8), blocks=(1,))
KEYS = {"epoch", "accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"}


def _changed(model: ModelParams = SMALL, **train_changes: Any) -> Params:
    return TINY.model_copy(update={"model": model, "train": TINY.train.model_copy(update=train_changes)})


def _weights(folder: Path) -> list[np.ndarray[Any, Any]]:
    import keras

    found: list[np.ndarray[Any, Any]] = keras.saving.load_model(folder / bundle.KERAS, compile=False).get_weights()
    return found


@pytest.mark.chain
def test_a_bundle_is_left_whole(training: Training) -> None:
    assert sorted(place.name for place in training.folder.iterdir()) == [
        bundle.CARD, bundle.KERAS, bundle.LITERT, trained_on.NAME,
    ]  # fmt: skip
    assert bundle.read_card(training.folder) == training.trained.card
    assert not list((training.folder.parent / "checkpoints").iterdir())


@pytest.mark.chain
def test_the_card_says_where_the_model_comes_from(training: Training, prepared_folder: Path) -> None:
    card, prepared = training.trained.card, manifest.read(prepared_folder)
    assert card.architecture == "cnn5"
    assert card.labels == list(EMOTIONS)
    assert card.digest == export.digest(training.folder) == files.sha256(training.folder / bundle.LITERT)
    assert (card.synthetic, card.source) == (True, "synthetic")
    assert card.split_digests == prepared["split_digests"]
    assert card.data_digest == prepared["split_digests"]["training"]
    assert set(card.trained_with) == {"keras", "tensorflow", "numpy"}
    assert 0.25 <= card.temperature <= 8
    assert 0 <= card.parity < 1e-4
    assert card.normalise == prepared["normalise"] == Normalise().model_dump()


@pytest.mark.chain
def test_the_history_has_a_row_per_epoch(training: Training) -> None:
    (row,) = training.trained.history
    assert set(row) == KEYS
    assert row["epoch"] == 1
    assert row["learning_rate"] == pytest.approx(0, abs=1e-9)  # the cosine's end
    assert training.trained.card.validation_accuracy == row["val_accuracy"]


@pytest.mark.chain
def test_the_kept_network_has_the_accuracy_of_the_history(training: Training, prepared_folder: Path) -> None:
    split = dataset.load(prepared_folder, "validation")
    right = Classifier(training.folder).raw(split.images).argmax(axis=1) == split.labels
    assert right.mean() == pytest.approx(training.trained.history[0]["val_accuracy"], abs=1e-6)


@pytest.mark.chain
def test_every_step_is_told(training: Training, prepared_folder: Path) -> None:
    count = -(-len(dataset.load(prepared_folder, "training").labels) // TINY.train.batch_size)
    assert [(done, total) for done, total, _ in training.steps] == [(n, count) for n in range(1, count + 1)]
    assert all({"loss", "accuracy"} <= set(logs) for _, _, logs in training.steps)


@pytest.mark.chain
def test_class_weights_are_told_by_name(training: Training, prepared_folder: Path) -> None:
    labels = dataset.load(prepared_folder, "training").labels
    assert list(training.trained.class_weights) == list(EMOTIONS)
    for number, emotion in enumerate(EMOTIONS):
        expected = len(labels) / (7 * int((labels == number).sum()))
        assert training.trained.class_weights[emotion] == pytest.approx(expected)
    assert training.trained.precision == "float32"


def test_a_missing_split_is_a_source_error(prepared_folder: Path, tmp_path: Path) -> None:
    for wanted in (Train(split="nights"), Train(validation="nights")):
        with pytest.raises(SourceError, match=r"no split 'nights'"):
            train.train(Params(train=wanted), prepared_folder, tmp_path / "bundle")
    assert not list(tmp_path.iterdir())


@pytest.mark.chain
def test_a_killed_training_ends_as_an_undisturbed_one(prepared_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "resumed_training", str(prepared_folder), str(tmp_path)]
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": tests}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    whole, parts = json.loads(done.stdout)
    assert len(whole["history"]) == 4
    assert whole["classes"] != dict.fromkeys(EMOTIONS, 1.0)
    assert parts["weights"] == whole["weights"]
    assert parts["classes"] == whole["classes"]
    for mine, other in zip(parts["history"], whole["history"], strict=True):
        assert mine == pytest.approx(other, rel=1e-4)  # means over threads are not exact to the last bit


@pytest.mark.chain
def test_the_weights_of_the_last_epochs_are_averaged(prepared_folder: Path, tmp_path: Path) -> None:
    kept = {}
    for swa in (0.0, 0.5):
        params = _changed(epochs=2, swa=swa, optimiser=Optimiser(name="sgd", learning_rate=0.05, schedule="constant"))
        trained = train.train(params, prepared_folder, tmp_path / str(swa))
        kept[swa] = trained.history
    first, last = (kept[0.5][number]["val_loss"] - kept[0.0][number]["val_loss"] for number in (0, 1))
    assert abs(first) < 1e-4 < abs(last)  # only the second epoch's are


@pytest.mark.chain
def test_a_training_that_diverges_stops_and_keeps_the_last_good_epoch(prepared_folder: Path, tmp_path: Path) -> None:
    """Far too high a rate, from the second epoch on."""
    params = _changed(epochs=2, batch_size=32, optimiser=Optimiser(name="sgd", schedule="plateau"))
    place = tmp_path / "checkpoints" / train.key(params, prepared_folder)

    def stop(row: Epoch) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        train.train(params, prepared_folder, tmp_path / "bundle", on_epoch=stop)
    first = checkpoint.read(place)
    assert first is not None and first.epoch == 1
    checkpoint.write(place, replace(first, rate=1e30))
    with pytest.raises(
        TrainingError, match=r"the loss became nan in epoch 2, batch 2\. Epoch 1 is kept.*learning_rate"
    ):
        train.train(params, prepared_folder, tmp_path / "bundle")
    kept = checkpoint.read(place)
    assert kept is not None and kept.epoch == 1
    assert all(np.array_equal(one, other) for one, other in zip(kept.best, first.best, strict=True))
    assert not (tmp_path / "bundle").exists()


@pytest.mark.chain
def test_drawn_faces_are_recognised(tmp_path: Path) -> None:
    """Half a minute of learning from a thousand faces: pictures that were held out, and people never seen."""
    model = SMALL.model_copy(update={"stem": 16, "widths": (16, 32, 64), "dropout": 0.1})
    params = _changed(
        model,
        epochs=14,
        batch_size=8,
        loss=Loss(label_smoothing=0.05),
        optimiser=Optimiser(learning_rate=0.007, schedule="one_cycle"),
        augment=Augment(rotation=5.0, shift=0.04, shear=0.0, zoom=0.05),
    )
    params = params.model_copy(update={"data": Data(source="synthetic", synthetic=Synthetic(per_class=200))})
    prepare(params.data, params.prepare, tmp_path / "work", tmp_path / "data")
    trained = train.train(params, tmp_path / "data", tmp_path / "bundle")
    assert trained.card.validation_accuracy > 0.95  # chance: 0.14
    strangers = dataset.load(tmp_path / "data", "public")
    answers = Classifier(tmp_path / "bundle").raw(strangers.images)
    assert (answers.argmax(axis=1) == strangers.labels).mean() > 0.85


@pytest.mark.chain
def test_a_fold_is_held_out_and_a_pupil_learns_from_a_teacher(
    bundle_folder: Path, training: Training, tmp_path: Path
) -> None:
    wanted = TINY.prepare.model_copy(
        update={"split": Split(validation=0.2, folds=3), "fill": Fill(target={"disgust": 20})}
    )
    prepare(TINY.data, wanted, tmp_path / "work", tmp_path / "data")
    both = [dataset.load(tmp_path / "data", name) for name in ("training", "validation")]
    held = sum(int(((split.folds == 1) & ~split.copies).sum()) for split in both)
    seen: list[int] = []
    params = _changed(fold=1, distil=Distil(teachers=(str(bundle_folder),), views=2), early_stopping=1, epochs=3)
    trained = train.train(params, tmp_path / "data", tmp_path / "bundle", on_epoch=lambda row: seen.append(held))
    assert 1 <= len(seen) <= 3
    assert held > 0
    assert trained.card.validation_accuracy * held == pytest.approx(round(trained.card.validation_accuracy * held))
    with pytest.raises(ParamsError, match=r"train.fold: received 7, the data set has folds 0 to 2"):
        train.train(_changed(fold=7), tmp_path / "data", tmp_path / "none")


@pytest.mark.chain
def test_it_starts_from_a_bundle_of_the_same_network(
    bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    still = Optimiser(name="sgd", learning_rate=1e-12, momentum=0.0, schedule="constant")
    same = _changed(ModelParams(), start=str(bundle_folder), optimiser=still)
    train.train(same, prepared_folder, tmp_path / "bundle")
    found, before = _weights(tmp_path / "bundle"), _weights(bundle_folder)
    kernels = [(new, old) for new, old in zip(found, before, strict=True) if new.ndim > 1]
    assert all(np.allclose(new, old, atol=1e-6) for new, old in kernels)
    with pytest.raises(ParamsError, match=r"train.start: .* holds another network"):
        train.train(_changed(start=str(bundle_folder)), prepared_folder, tmp_path / "other")


@pytest.mark.chain
def test_a_network_learns_to_say_that_nothing_can_be_read(
    bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    wanted = _changed(
        ModelParams(rejects=True),
        start=str(bundle_folder),
        loss=Loss(balanced=True),
        balance="oversample",
        negatives=Negatives(share=0.3),
        augment=Augment(damage=0.5, cover=0.3),
        distil=Distil(teachers=(str(bundle_folder),), hard=0.5, views=1),
    )
    card = train.train(wanted, prepared_folder, tmp_path / "bundle").card
    assert card.rejects == list(REJECTS)
    assert card.prior == pytest.approx(dict.fromkeys(EMOTIONS, 1 / 7), abs=1e-5)
    found = Classifier(tmp_path / "bundle").raw(dataset.load(prepared_folder, "validation").images)
    assert found.shape[1] == len(EMOTIONS) + len(REJECTS)
    assert found[:, : len(EMOTIONS)].sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert ((found >= 0) & (found <= 1)).all()


def test_what_rejects_cannot_go_with_is_refused(prepared_folder: Path, tmp_path: Path) -> None:
    negatives = Negatives(share=0.1)
    with pytest.raises(ParamsError, match=r"only a network with model\.rejects"):
        train.train(_changed(negatives=negatives), prepared_folder, tmp_path / "a")
    rejects = SMALL.model_copy(update={"rejects": True})
    with pytest.raises(ParamsError, match="can't be mixed"):
        train.train(_changed(rejects, negatives=negatives, mixing=Mixing(mixup=0.2)), prepared_folder, tmp_path / "b")
    with pytest.raises(ParamsError, match=r"needs model\.head: softmax"):
        train.train(_changed(rejects.model_copy(update={"head": "sigmoid"})), prepared_folder, tmp_path / "c")


def test_the_card_says_the_shares_as_they_count_in_the_loss(training: Training, prepared_folder: Path) -> None:
    assert training.params.train.balance == "class_weight"
    assert training.trained.card.prior == pytest.approx(dict.fromkeys(EMOTIONS, 1 / 7), abs=1e-5)


@pytest.mark.chain
def test_a_gpu_that_is_asked_for_and_absent_is_an_error(prepared_folder: Path, tmp_path: Path) -> None:
    from tasks.training import device

    if device.gpus():
        pytest.skip("there is a GPU")
    with pytest.raises(ParamsError, match=r"train.device: 'gpu' is asked for, and tensorflow sees none"):
        train.train(_changed(device="gpu"), prepared_folder, tmp_path / "bundle")


@pytest.mark.chain
def test_images_that_are_not_held_are_the_same(prepared_folder: Path, tmp_path: Path) -> None:
    held = dataset.load(prepared_folder, "training")
    stored = dataset.load(prepared_folder, "training", memory=1000, store=tmp_path / "deep" / "images")
    assert isinstance(stored.images, np.memmap)
    np.testing.assert_array_equal(stored.images, held.images)
    assert (tmp_path / "deep" / "images").stat().st_size == held.images.nbytes


@pytest.mark.chain
def test_an_export_that_fails_leaves_no_model(tmp_path: Path) -> None:
    class Broken:
        def save(self, path: Path) -> None:
            path.write_bytes(b"whole")

        def export(self, path: str, **_: object) -> None:
            Path(path).write_bytes(b"half")
            raise OSError(28, os.strerror(28))

    with pytest.raises(OSError, match="space"):
        export.write(Broken(), tmp_path)
    assert not (tmp_path / bundle.LITERT).exists()
    shutil.rmtree(tmp_path)


@pytest.mark.chain
def test_another_size_and_colour_go_all_the_way(tmp_path: Path) -> None:
    """Drawn faces of 64 pixels in colour: prepared, trained on, exported, and classified the same by LiteRT."""
    import keras

    wanted = Normalise(size=64, colour=True, lighting="gamma")
    settings = TINY.model_copy(
        update={
            "data": Data(source="synthetic", synthetic=Synthetic(per_class=8, identities=6)),
            "prepare": TINY.prepare.model_copy(update={"normalise": wanted}),
        }
    )
    prepare(settings.data, settings.prepare, tmp_path / "work", tmp_path / "data")
    trained = train.train(settings, tmp_path / "data", tmp_path / "bundle")
    classifier = Classifier(tmp_path / "bundle")
    assert classifier.card == trained.card
    assert classifier.card.spec == wanted
    assert 0 <= classifier.card.parity < 1e-4
    split = dataset.load(tmp_path / "data", "validation")
    assert split.images.shape[1:] == (64, 64, 3)
    assert classifier.predict(split.images).shape == (len(split.labels), len(EMOTIONS))
    network = keras.saving.load_model(tmp_path / "bundle" / bundle.KERAS, compile=False)
    noise = np.random.default_rng(0).integers(0, 256, (9, 64, 64, 3), np.uint8)
    assert classifier.raw(noise) == pytest.approx(network.predict(channels(noise), verbose=0), abs=1e-4)
