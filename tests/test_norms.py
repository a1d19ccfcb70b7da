import keras
import numpy as np
import pytest

from tasks import norms
from tasks.classify import channels


def _network() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Dropout(0.5),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )


def test_norms_are_those_of_the_faces_and_the_rest_stays() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (4 * norms.BATCH, 4, 4), dtype=np.uint8)
    network = _network()
    norms.settle(network, faces)
    (norm,) = norms.found(network)
    assert np.asarray(norm.moving_mean) == pytest.approx(channels(faces).mean(axis=(0, 1, 2)), abs=1e-3)
    assert np.asarray(norm.moving_variance) == pytest.approx(channels(faces).var(axis=(0, 1, 2)), rel=1e-2)
    assert norm.momentum == 0.9
    assert network.layers[0].rate == 0.5


def test_a_network_without_norms_is_left_alone() -> None:
    network = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    before = network.get_weights()
    norms.settle(network, np.zeros((norms.BATCH, 4, 4), np.uint8))
    assert all(np.array_equal(one, other) for one, other in zip(before, network.get_weights(), strict=True))
