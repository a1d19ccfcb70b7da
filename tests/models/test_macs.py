from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.models import mini_xception, student
from tasks.models.macs import macs
from tasks.models.sizes import sizes
from tasks.params import ModelParams

pytestmark = pytest.mark.chain


def by_tensorflow(network: Any) -> int:
    """Half of the floating-point operations that TensorFlow's profiler counts in convolutions and products."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    profiler = tf.compat.v1.profiler
    shape = tf.TensorSpec((1, *network.input_shape[1:]), tf.float32)
    graph = convert_variables_to_constants_v2(tf.function(network).get_concrete_function(shape)).graph
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation()).with_empty_output()
    found = profiler.profile(graph, options=options.build(), cmd="op")
    kinds = {"Conv2D", "DepthwiseConv2dNative", "MatMul"}
    total, waiting = 0, list(found.children)
    while waiting:
        node = waiting.pop()
        waiting += node.children
        total += node.float_ops if node.name in kinds else 0
    return total // 2


@pytest.mark.parametrize("build", [mini_xception.build, student.build])
def test_tensorflow_counts_the_same(build: Any) -> None:
    network = build(ModelParams(widths=(8, 16)), 24)
    assert macs(network) == by_tensorflow(network)


@settings(max_examples=10, deadline=None)
@given(
    side=st.integers(5, 20),
    channels=st.integers(1, 4),
    filters=st.integers(1, 5),
    kernel=st.sampled_from([1, 3, 5]),
    stride=st.integers(1, 2),
)
def test_closed_forms(side: int, channels: int, filters: int, kernel: int, stride: int) -> None:
    from keras import Input, Model, layers

    inputs = Input((side, side, channels))
    places = (-(-side // stride)) ** 2
    for layer, expected in (
        (layers.Conv2D(filters, kernel, stride, padding="same"), places * kernel**2 * channels * filters),
        (
            layers.DepthwiseConv2D(kernel, stride, padding="same", depth_multiplier=filters),
            places * kernel**2 * channels * filters,
        ),
        (
            layers.SeparableConv2D(filters, kernel, stride, padding="same"),
            places * (kernel**2 * channels + channels * filters),
        ),
        (layers.Dense(filters), side**2 * channels * filters),
    ):
        assert macs(Model(inputs, layer(inputs))) == expected


def test_groups_share_the_work() -> None:
    from keras import Input, Model, layers

    inputs = Input((4, 4, 6))
    assert macs(Model(inputs, layers.Conv2D(9, 1, groups=3)(inputs))) == 16 * 6 * 9 // 3


def test_nested_networks_count() -> None:
    from keras import Input, Model, layers

    inner = Model(at := Input((4, 4, 3)), layers.Conv2D(5, 1)(at))
    inputs = Input((4, 4, 3))
    assert macs(Model(inputs, layers.Conv2D(2, 1)(inner(inputs)))) == 16 * (3 * 5 + 5 * 2)


def test_a_layer_that_is_not_known() -> None:
    from keras import Input, Model, layers

    inputs = Input((4, 4, 3))
    with pytest.raises(TypeError, match="Conv2DTranspose 'up'"):
        macs(Model(inputs, layers.Conv2DTranspose(2, 3, name="up")(inputs)))


def test_more_pixels_more_work() -> None:
    found = [sizes(student.build, size=size) for size in (32, 64)]
    assert found[0].trainable == found[1].trainable
    assert found[0].int8 == found[1].int8
    assert found[1].macs - 192 * 7 == 4 * (found[0].macs - 192 * 7)  # all but the last layer
