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


def test_kept_norms_know_the_faces_and_answer_as_before() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (300, 8, 8), dtype=np.uint8)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization(name="first")(keras.layers.Conv2D(5, 3)(inputs))
    network = keras.Model(inputs, keras.layers.BatchNormalization(name="second")(keras.layers.Conv2D(4, 3)(x)))
    before = np.asarray(network(channels(faces), training=False))

    norms.keep(network, channels, faces)
    assert np.asarray(network(channels(faces), training=False)) == pytest.approx(before, rel=1e-3, abs=1e-2)
    assert np.abs(before).max() > 100  # in training its norms would have made small numbers of these
    second = network.get_layer("second")
    seen = np.asarray(keras.Model(inputs, second.input)(channels(faces), training=False))
    assert np.asarray(second.moving_mean) == pytest.approx(seen.mean((0, 1, 2)), rel=1e-3)
    assert np.asarray(second.moving_variance) == pytest.approx(seen.var((0, 1, 2)), rel=1e-3)
    assert np.asarray(network(channels(faces), training=True)) == pytest.approx(before, rel=1e-2, abs=1e-1)


def test_one_norm_is_kept() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    network = _network()
    norms.keep(network, channels, faces)
    (norm,) = norms.found(network)
    assert np.asarray(norm.moving_mean) == pytest.approx(channels(faces).mean(axis=(0, 1, 2)), rel=1e-4)
    assert np.asarray(norm(channels(faces), training=False)) == pytest.approx(channels(faces) / 1.001**0.5, rel=1e-3)


def test_a_norm_without_a_scale_stays() -> None:
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.BatchNormalization(scale=False)(inputs)
    network = keras.Model(inputs, keras.layers.BatchNormalization()(x))
    faces = np.random.default_rng(1).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    before = np.asarray(network(channels(faces), training=False))
    norms.keep(network, channels, faces)
    first, second = norms.found(network)
    assert not np.asarray(first.moving_mean).any()
    assert np.asarray(second.moving_mean).all()
    assert np.asarray(network(channels(faces), training=False)) == pytest.approx(before, rel=1e-4)


def test_a_network_without_norms_has_none_to_keep() -> None:
    network = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    before = network.get_weights()
    norms.keep(network, channels, np.zeros((norms.BATCH, 4, 4), np.uint8))
    assert all(np.array_equal(one, other) for one, other in zip(before, network.get_weights(), strict=True))
