import zipfile
from pathlib import Path

import numpy as np
import pytest

from tasks import archive16

pytestmark = pytest.mark.chain


def _saved(path: Path) -> list[np.ndarray]:
    """A small network of every kind of weight, saved; its weights."""
    import keras
    from keras import layers

    inputs = keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(layers.Conv2D(64, 3)(inputs))
    network = keras.Model(inputs, layers.Dense(7)(layers.Dense(400)(layers.Flatten()(x))))
    weights = [
        np.random.default_rng(at).normal(0, 0.1, one.shape).astype(np.float32)
        for at, one in enumerate(network.get_weights())
    ]
    weights[-2][0, 0] = 1e6  # beyond float16: that kernel must stay as it is
    network.set_weights(weights)
    network.save(path)
    return weights


def test_kernels_are_rounded_and_the_rest_stays(tmp_path: Path) -> None:
    import keras

    path = tmp_path / "model.keras"
    weights = _saved(path)
    before = path.stat().st_size
    archive16.halve(path)
    assert path.stat().st_size < 0.6 * before
    network = keras.saving.load_model(path, compile=False)
    assert {one.dtype for one in network.variables} == {"float32"}
    for at, (one, other) in enumerate(zip(network.get_weights(), weights, strict=True)):
        rounded = other.astype(np.float16).astype(np.float32) if other.ndim > 1 and at != len(weights) - 2 else other
        np.testing.assert_array_equal(one, rounded)


def test_halving_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    _saved(path)
    archive16.halve(path)
    with zipfile.ZipFile(path) as archive:
        assert "config.json" in archive.namelist()
    once = path.read_bytes()
    archive16.halve(path)
    assert path.read_bytes() == once
