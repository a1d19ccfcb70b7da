from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tasks import adapt, bundle, dataset, export
from tasks.classify import channels
from tasks.errors import UsageError

pytestmark = pytest.mark.chain  # keras is imported


def _network(norm: bool = True) -> Any:
    import keras

    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Dropout(0.5)(inputs)
    x = keras.layers.BatchNormalization(scale=False, center=False, name="norm")(x) if norm else x
    return keras.Model(inputs, keras.layers.Flatten()(x))


def _faces(count: int, mean: float = 90) -> npt.NDArray[np.uint8]:
    found = np.random.default_rng(0).normal(mean, 20, (count, 8, 8))
    return found.clip(0, 255).astype(np.uint8)


def test_batch_norms_take_the_mean_and_variance_of_the_faces() -> None:
    faces, network = _faces(512), _network()
    adapt.adapt(network, faces)
    norm = network.get_layer("norm")
    assert np.asarray(norm.moving_mean) == pytest.approx(np.full(3, faces.mean()), rel=1e-5)
    assert np.asarray(norm.moving_variance) == pytest.approx(np.full(3, faces.astype(float).var()), rel=1e-3)
    assert norm.momentum == 0.99
    assert network.layers[1].rate == 0.5
    answers = np.asarray(network(channels(faces)))
    assert answers.mean() == pytest.approx(0, abs=1e-3)
    assert answers.std() == pytest.approx(1, abs=1e-2)


def test_the_order_of_the_faces_hardly_matters() -> None:
    faces = np.concatenate([_faces(256, 40), _faces(256, 200)])  # sorted by look
    one, other = adapt.adapt(_network(), faces), adapt.adapt(_network(), faces[::-1])
    variances = [float(np.asarray(network.get_layer("norm").moving_variance)[0]) for network in (one, other)]
    assert variances[0] == pytest.approx(faces.astype(float).var(), rel=0.02)
    assert variances[0] == pytest.approx(variances[1], rel=0.02)


def test_what_cannot_be_adapted_is_said() -> None:
    with pytest.raises(UsageError, match="has no batch norms"):
        adapt.adapt(_network(norm=False), _faces(300))
    with pytest.raises(UsageError, match="255 faces are too few, at least 256"):
        adapt.adapt(_network(), _faces(255))


def test_a_bundle_is_adapted_to_faces_that_look_otherwise(
    bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    split = dataset.load(prepared_folder, "training")
    many = replace(split, images=np.concatenate([split.images] * 4) // 4, labels=np.concatenate([split.labels] * 4))
    card = adapt.write(bundle_folder, many, tmp_path / "adapted")
    assert card.digest == export.digest(tmp_path / "adapted") != bundle.read_card(bundle_folder).digest
    assert card.parity < 1e-4
    with pytest.raises(UsageError, match="is the model itself"):
        adapt.write(bundle_folder, many, bundle_folder)
