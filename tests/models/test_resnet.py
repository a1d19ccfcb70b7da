"""What only the residual network has: a depth for each stage."""

import pytest

from tasks.errors import ParamsError
from tasks.models import resnet
from tasks.params import ModelParams

pytestmark = pytest.mark.chain

SIZE = 16


def params(*depth: int, widths: tuple[int, ...] = (4, 8)) -> ModelParams:
    return ModelParams(architecture="resnet", stem=4, widths=widths, blocks=depth)


def test_one_number_is_that_of_every_stage() -> None:
    one, each = resnet.build(params(2), SIZE), resnet.build(params(2, 2), SIZE)
    assert [weight.shape for weight in one.get_weights()] == [weight.shape for weight in each.get_weights()]
    more = resnet.build(params(3, 1), SIZE)
    # a block of 4 channels more: two kernels of 3x3 and two norms of 4 numbers; one of 8 less
    assert more.count_params() - one.count_params() == (2 * 9 * 4 * 4 + 2 * 4 * 4) - (2 * 9 * 8 * 8 + 2 * 4 * 8)


def test_a_number_for_each_stage_is_wanted() -> None:
    with pytest.raises(ParamsError, match=r"model.blocks: \[1, 2, 3\] has 3 numbers, model.widths has 2. Give one"):
        resnet.build(params(1, 2, 3), SIZE)


def test_layers_are_called_the_same_whatever_was_built_before() -> None:
    one, other = ({layer.name for layer in resnet.build(params(2), SIZE).layers} for _ in range(2))
    without = (
        "layer_normalization",
        "max_pooling",
        "average_pooling",
        "global_average",
        "dropout",
    )  # nothing is learnt
    assert all(name.startswith(without) for name in one ^ other)
    assert {"stem", "stage1_block1_second", "last_norm", "last_relu"} <= one & other
