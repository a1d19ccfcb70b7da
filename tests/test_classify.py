import dataclasses
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tasks import bundle
from tasks.calibrate import soften
from tasks.classify import BATCH, Classifier, channels, loaded
from tasks.errors import UsageError
from tasks.interpret import even

pytestmark = pytest.mark.chain


def _faces(count: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(count).integers(0, 256, (count, 48, 48), np.uint8)


def test_channels_repeat_the_grey_level() -> None:
    faces = _faces(2)
    found = channels(faces)
    assert found.shape == (2, 48, 48, 3)
    assert found.dtype == np.float32
    for channel in range(3):
        np.testing.assert_array_equal(found[..., channel], faces)


def test_channels_of_colours_are_rgb() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    found = channels(faces)
    assert found.shape == (2, 64, 64, 3)
    assert found.dtype == np.float32
    for channel in range(3):
        np.testing.assert_array_equal(found[..., channel], faces[..., 2 - channel])


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 3])
def test_any_number_of_faces_gives_a_row_each(bundle_folder: Path, count: int) -> None:
    found = Classifier(bundle_folder).predict(_faces(count))
    assert found.shape == (count, 7)
    assert found.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)
    assert (found >= 0).all()


def test_a_face_counts_the_same_alone_and_among_others(bundle_folder: Path) -> None:
    classifier, faces = Classifier(bundle_folder), _faces(BATCH + 5)
    together = classifier.raw(faces)
    alone = np.concatenate([classifier.raw(faces[n : n + 1]) for n in (0, BATCH - 1, BATCH, BATCH + 4)])
    assert together[[0, BATCH - 1, BATCH, BATCH + 4]] == pytest.approx(alone, abs=1e-6)


def test_litert_computes_what_keras_computes(bundle_folder: Path) -> None:
    import keras

    network, faces = keras.saving.load_model(bundle_folder / bundle.KERAS, compile=False), _faces(9)
    expected = network.predict(channels(faces), verbose=0)
    assert Classifier(bundle_folder).raw(faces) == pytest.approx(expected, abs=1e-4)


def test_predictions_are_softened_by_the_card(bundle_folder: Path, tmp_path: Path) -> None:
    card = dataclasses.replace(bundle.read_card(bundle_folder), temperature=3.0)
    shutil.copy(bundle_folder / bundle.LITERT, tmp_path)
    bundle.write_card(tmp_path, card)
    classifier, faces = Classifier(tmp_path), _faces(4)
    np.testing.assert_allclose(classifier.predict(faces), soften(classifier.raw(faces), 3.0))


def test_no_bundle_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"model\.json"):
        Classifier(tmp_path)


@pytest.mark.parametrize("data", [None, b"", b"not a network" * 100])
def test_a_network_that_does_not_load_is_a_usage_error(bundle_folder: Path, tmp_path: Path, data: bytes | None) -> None:
    shutil.copy(bundle_folder / bundle.CARD, tmp_path)
    if data is not None:
        (tmp_path / bundle.LITERT).write_bytes(data)
    with pytest.raises(UsageError, match=r"model\.tflite' does not load"):
        Classifier(tmp_path)


def test_a_network_cut_short_is_a_usage_error(bundle_folder: Path, tmp_path: Path) -> None:
    shutil.copy(bundle_folder / bundle.CARD, tmp_path)
    whole = (bundle_folder / bundle.LITERT).read_bytes()
    (tmp_path / bundle.LITERT).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match="does not load"):
        Classifier(tmp_path)


def test_a_process_loads_a_model_once_until_it_changes(bundle_folder: Path) -> None:
    first = loaded(bundle_folder, "a")
    assert loaded(bundle_folder, "a") is first
    assert loaded(bundle_folder, "b") is not first


def test_keras_runs_the_same_network_in_any_number_of_faces(bundle_folder: Path) -> None:
    litert, keras = Classifier(bundle_folder), Classifier(bundle_folder, engine="keras")
    for count in (0, 1, 9):
        assert keras.predict(_faces(count)) == pytest.approx(litert.predict(_faces(count)), abs=1e-4)


def test_an_engine_that_there_is_none_of_is_a_usage_error(bundle_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"litert, keras\. Received: 'onnx'"):
        Classifier(bundle_folder, engine="onnx")


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99999])
def test_a_damaged_keras_file_is_a_usage_error_in_one_line(bundle_folder: Path, tmp_path: Path, share: float) -> None:
    shutil.copy(bundle_folder / bundle.CARD, tmp_path)
    whole = (bundle_folder / bundle.KERAS).read_bytes()
    (tmp_path / bundle.KERAS).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UsageError, match=r"model\.keras' does not load") as caught:
        Classifier(tmp_path, engine="keras")
    assert "\n" not in str(caught.value)


def test_a_network_of_another_bundle_is_a_usage_error(bundle_folder: Path, tmp_path: Path) -> None:
    shutil.copy(bundle_folder / bundle.LITERT, tmp_path)
    bundle.write_card(tmp_path, dataclasses.replace(bundle.read_card(bundle_folder), digest="e" * 64))
    with pytest.raises(UsageError, match=r"not the one that model\.json names"):
        Classifier(tmp_path)


def test_scores_of_a_sigmoid_head_become_shares(bundle_folder: Path, tmp_path: Path) -> None:
    card = dataclasses.replace(bundle.read_card(bundle_folder), temperature=1.0, head="sigmoid")
    shutil.copy(bundle_folder / bundle.LITERT, tmp_path)
    bundle.write_card(tmp_path, card)
    classifier, faces = Classifier(tmp_path), _faces(4)
    np.testing.assert_allclose(classifier.predict(faces), even(classifier.raw(faces)), rtol=1e-4)


def test_shares_sum_to_one_and_keep_their_proportions() -> None:
    found = even(np.array([[0.9, 0.3, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]], np.float32))
    assert found == pytest.approx(np.array([[0.75, 0.25, 0.0], [1 / 3] * 3, [1 / 3] * 3]))
    assert found.dtype == np.float32
