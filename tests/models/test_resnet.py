"""What only the residual network has: a depth for each stage, and growth."""

from typing import Any

import numpy as np
import pytest

from tasks.errors import ParamsError
from tasks.models import resnet
from tasks.params import ModelParams

pytestmark = pytest.mark.chain

SIZE = 16
FACES = np.random.default_rng(0).uniform(0, 255, (5, SIZE, SIZE, 3)).astype(np.float32)


def params(*depth: int, widths: tuple[int, ...] = (4, 8)) -> ModelParams:
    return ModelParams(architecture="resnet", stem=4, widths=widths, blocks=depth if len(depth) > 1 else depth[0])


def learnt(*depth: int) -> Any:
    """A network none of whose weights are what they began as."""
    network = resnet.build(params(*depth), SIZE)
    rng = np.random.default_rng(1)
    network.set_weights([weight + rng.uniform(0.01, 0.1, weight.shape) for weight in network.get_weights()])
    return network


def test_one_number_is_that_of_every_stage() -> None:
    one, each = resnet.build(params(2), SIZE), resnet.build(params(2, 2), SIZE)
    assert [weight.shape for weight in one.get_weights()] == [weight.shape for weight in each.get_weights()]
    more = resnet.build(params(3, 1), SIZE)
    # a block of 4 channels more: two kernels of 3x3 and two norms of 4 numbers; one of 8 less
    assert more.count_params() - one.count_params() == (2 * 9 * 4 * 4 + 2 * 4 * 4) - (2 * 9 * 8 * 8 + 2 * 4 * 8)


def test_a_number_for_each_stage_is_wanted() -> None:
    with pytest.raises(ParamsError, match=r"model.blocks: \[1, 2, 3\] has 3 numbers, model.widths 2"):
        resnet.build(params(1, 2, 3), SIZE)


@pytest.mark.parametrize("depth", [(1, 2), (3, 1), (2, 3), (4, 4)])
def test_a_network_that_grew_answers_as_before_and_can_learn_more(depth: tuple[int, int]) -> None:
    import keras

    before, after = learnt(1, 1), resnet.build(params(*depth), SIZE)
    assert resnet.grow(after, params(*depth), SIZE, before)
    assert np.asarray(after(FACES)) == pytest.approx(np.asarray(before(FACES)), abs=1e-6)
    after.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    after.fit(FACES, np.arange(5), epochs=2, verbose=0)
    added = [
        layer for layer in after.layers if layer.name.endswith(("block1_first", "block1_second")) and layer.weights
    ]
    assert len(added) == 2 * sum(one > 1 for one in depth)
    assert all(np.abs(layer.get_weights()[0]).max() > 0 for layer in added)


@pytest.mark.parametrize(
    ("depth", "widths"), [((1, 2), (4, 8)), ((2, 2), (4, 6)), ((2, 2, 2), (4, 8, 8)), ((3, 3), (2, 8))]
)
def test_what_is_no_smaller_one_is_left_alone(depth: tuple[int, ...], widths: tuple[int, ...]) -> None:
    wanted = params(*depth, widths=widths)
    network = resnet.build(wanted, SIZE)
    before = network.get_weights()
    assert not resnet.grow(network, wanted, SIZE, learnt(2, 1))
    assert all(np.array_equal(new, old) for new, old in zip(network.get_weights(), before, strict=True))
