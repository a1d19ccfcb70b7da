from typing import Any

import numpy as np
import pytest

from tasks import rescale
from tasks.models import ARCHITECTURES, resnet
from tasks.params import ModelParams

pytestmark = pytest.mark.chain

FACES = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 3)).astype(np.float32)


def learnt(network: Any, least: float = 0.5) -> Any:
    """Batch norms as training leaves them: no weight is what it was initialised with."""
    from keras import layers

    random = np.random.default_rng(1)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            size = layer.gamma.shape[0]
            ranges = ((least, 2.0), (-1.0, 1.0), (-1.0, 1.0), (0.2, 3.0))
            layer.set_weights([random.uniform(*one, size) for one in ranges])
    return network


def ones(network: Any) -> int:
    """How many of its batch norms multiply by one."""
    from keras import layers

    norms = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
    factors = [np.asarray(norm.gamma) / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon) for norm in norms]
    return sum(bool((factor == 1).all()) for factor in factors)


def test_scales_behind_sums_move_and_the_answers_stay() -> None:
    network = learnt(resnet.build(ModelParams(stem=4, widths=(4, 6)), 16))
    before = network.get_weights()
    found = rescale.moved(network)
    assert ones(network) == 0
    assert ones(found) == 5  # one per block, and the last
    assert np.abs(np.asarray(found(FACES)) - np.asarray(network(FACES))).max() < 1e-5
    assert all(np.array_equal(one, other) for one, other in zip(before, network.get_weights(), strict=True))


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in ("vgg", "resnet")])
def test_other_networks_answer_the_same(name: str) -> None:
    params = ModelParams(weights="none", backbone="MobileNetV3Small")
    network = ARCHITECTURES[name](params, 16)
    if name != "transfer":
        learnt(network)
    answers = np.asarray(network(FACES))
    assert np.abs(np.asarray(rescale.moved(network)(FACES)) - answers).max() < 1e-4


@pytest.mark.parametrize("least", [-0.5, 0.0])
def test_a_factor_that_cannot_move_stays(least: float) -> None:
    network = learnt(resnet.build(ModelParams(stem=4, widths=(4,)), 16), least)
    for layer in network.layers:
        if type(layer).__name__ == "BatchNormalization":
            gamma, *rest = layer.get_weights()
            gamma[0] = least
            layer.set_weights([gamma, *rest])
    found = rescale.moved(network)
    assert ones(found) == 0
    assert np.array_equal(np.asarray(found(FACES)), np.asarray(network(FACES)))


def test_what_a_sum_also_sees_stays() -> None:
    """The ReLU's output goes on beside the convolution: its scale is not the convolution's alone."""
    from keras import Input, Model, layers

    inputs = Input((16, 16, 3))
    x = layers.ReLU()(layers.BatchNormalization()(layers.MaxPooling2D()(inputs)))
    x = layers.Add()([x, layers.Conv2D(3, 3, padding="same")(x)])
    network = learnt(Model(inputs, layers.Dense(7)(layers.GlobalAveragePooling2D()(x))))
    assert ones(rescale.moved(network)) == 0


@pytest.mark.parametrize(("most", "groups", "moves"), [(None, 1, 1), (6.0, 1, 0), (None, 3, 0)])
def test_a_relu_that_is_cut_off_and_a_convolution_in_groups_stay(most: float | None, groups: int, moves: int) -> None:
    from keras import Input, Model, layers

    inputs = Input((16, 16, 3))
    x = layers.ReLU(max_value=most)(layers.BatchNormalization()(layers.MaxPooling2D()(inputs)))
    x = layers.Conv2D(6, 3, padding="same", groups=groups)(x)
    network = learnt(Model(inputs, layers.Dense(7)(layers.GlobalAveragePooling2D()(x))))
    found = rescale.moved(network)
    assert ones(found) == moves
    assert np.asarray(found(FACES)) == pytest.approx(np.asarray(network(FACES)), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("missing", ["scale", "center"])
def test_a_norm_without_factors_or_offsets_stays(missing: str) -> None:
    from keras import Input, Model, layers

    inputs = Input((16, 16, 3))
    x = layers.ReLU()(layers.BatchNormalization(**{missing: False})(layers.MaxPooling2D()(inputs)))
    network = Model(inputs, layers.Dense(7)(layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3)(x))))
    assert np.array_equal(np.asarray(rescale.moved(network)(FACES)), np.asarray(network(FACES)))


def test_a_relu_that_is_an_output_stays() -> None:
    from keras import Input, Model, layers

    inputs = Input((16, 16, 3))
    x = layers.ReLU()(layers.BatchNormalization()(layers.MaxPooling2D()(inputs)))
    network = learnt(Model(inputs, [layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3)(x)), x]))
    assert ones(rescale.moved(network)) == 0


def test_a_convolution_that_is_called_twice_stays() -> None:
    from keras import Input, Model, layers

    inputs = Input((16, 16, 3))
    pooled = layers.MaxPooling2D()(inputs)
    twice = layers.Conv2D(3, 3, padding="same")
    x = layers.ReLU()(layers.BatchNormalization()(pooled))
    network = learnt(Model(inputs, layers.GlobalAveragePooling2D()(layers.Add()([twice(x), twice(pooled)]))))
    assert ones(rescale.moved(network)) == 0


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "groups", "twice"])
def test_a_norm_behind_any_convolution_stays(kind: str) -> None:
    from keras import Input, Model, layers

    inputs = Input((16, 16, 3))
    made = {
        "Conv2D": lambda: layers.Conv2D(3, 3),
        "DepthwiseConv2D": lambda: layers.DepthwiseConv2D(3),
        "SeparableConv2D": lambda: layers.SeparableConv2D(3, 3),
        "groups": lambda: layers.Conv2D(3, 3, groups=3),
        "twice": lambda: layers.Conv2D(3, 3, padding="same"),
    }[kind]()
    x = made(made(inputs)) if kind == "twice" else made(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    network = learnt(Model(inputs, layers.Dense(7)(layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3)(x)))))
    assert ones(rescale.moved(network)) == 0
