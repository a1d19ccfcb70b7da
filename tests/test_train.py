import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from prepared_faces import prepare
from tiny_training import TINY, Training

from tasks import bundle, dataset, export, files, manifest, train
from tasks.classify import Classifier, channels
from tasks.errors import SourceError
from tasks.params import Data, Normalise, Params, Synthetic, Train
from tasks.schema import EMOTIONS


@pytest.mark.chain
def test_a_bundle_is_left_whole(training: Training) -> None:
    assert sorted(place.name for place in training.folder.iterdir()) == [bundle.CARD, bundle.KERAS, bundle.LITERT]
    assert bundle.read_card(training.folder) == training.trained.card


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
    assert set(row) == {"epoch", "accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"}
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


def test_a_class_without_images_is_a_source_error() -> None:
    with pytest.raises(SourceError, match=r"'mine' holds no image of disgust, surprise"):
        train.class_weights(np.array([0, 2, 3, 4, 5, 5]), "mine")


def test_rare_classes_weigh_more() -> None:
    weights = train.class_weights(np.array([0] * 4 + [1, 2, 3, 4, 5, 6]), "mine")
    assert weights[0] == pytest.approx(10 / 28)
    assert weights[1] == pytest.approx(10 / 7)


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_a_precision_that_was_asked_for_is_taken(asked: str) -> None:
    assert train.precision(Train.model_validate({"precision": asked})) == asked


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("flags: fpu avx2 avx512f", "float32"), ("flags: avx512_bf16", "bfloat16"), ("flags: amx_bf16", "bfloat16"),
     (None, "float32")],
)  # fmt: skip
def test_auto_takes_what_the_processor_is_fast_at(
    monkeypatch: pytest.MonkeyPatch, flags: str | None, expected: str
) -> None:
    def read_text(self: Path) -> str:
        assert str(self) == "/proc/cpuinfo"
        if flags is None:
            raise FileNotFoundError(self)
        return flags

    monkeypatch.setattr(Path, "read_text", read_text)
    assert train.precision(Train()) == expected


class _Network:
    """Weights that count how often they were looked at after an epoch."""

    def __init__(self) -> None:
        self.epoch = 0
        self.optimizer = SimpleNamespace(learning_rate=0.5)

    def get_weights(self) -> list[int]:
        return [self.epoch]


def test_the_best_epoch_is_kept_the_earliest_of_equals() -> None:
    network, told = _Network(), []
    keep = train._Keep(network, lambda *step: told.append(step), 6)
    for epoch, accuracy in enumerate([0.2, 0.7, 0.5, 0.7]):
        network.epoch = epoch + 1
        keep._step(0, {"loss": 1})
        keep._epoch(epoch, {"val_accuracy": accuracy})
    assert keep.best == [2]
    assert [row["epoch"] for row in keep.history] == [1, 2, 3, 4]
    assert [row["learning_rate"] for row in keep.history] == [0.5] * 4
    assert told[-1] == (4, 6, {"loss": 1.0})


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
