import numpy as np
import pytest

from tasks.models import ARCHITECTURES, cnn5
from tasks.models.sizes import sizes
from tasks.params import ModelParams

pytestmark = pytest.mark.chain


def test_the_parameters_are_those_of_the_reports() -> None:
    assert sizes(cnn5.build) == (1_326_567, 2_176)
    assert sizes(cnn5.build, ModelParams(dropout=0.0)) == (1_326_567, 2_176)
    assert sizes(cnn5.build, size=48) == (1_326_567, 2_176)
    # Only the first dense layer sees the size: 4 x 4 places instead of 3 x 3, of 256 filters each.
    assert sizes(cnn5.build, size=64) == (1_326_567 + (16 - 9) * 256 * 64, 2_176)


def test_pixels_in_probabilities_out() -> None:
    network = cnn5.build(ModelParams(), 48)
    found = np.asarray(network(np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 3)).astype(np.float32)))
    assert found.shape == (3, 7)
    assert found.dtype == np.float32
    assert found.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert (found >= 0).all()


def test_probabilities_are_float32_whatever_the_precision() -> None:
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = cnn5.build(ModelParams(), 48)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.output.dtype == "float32"
    assert network.layers[2].compute_dtype == "bfloat16"


def test_the_dropout_is_the_one_that_was_asked_for() -> None:
    rates = [layer.rate for layer in cnn5.build(ModelParams(dropout=0.4), 48).layers if "dropout" in layer.name]
    assert rates == [0.4] * len(cnn5.FILTERS)


def test_every_architecture_keeps_the_contract() -> None:
    for build in ARCHITECTURES.values():
        for size in (16, 48, 100):
            network = build(ModelParams(), size)
            assert network.input_shape == (None, size, size, 3)
            assert network.output_shape == (None, 7)
