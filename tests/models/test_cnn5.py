import pytest

from tasks.models import cnn5
from tasks.models.sizes import sizes
from tasks.params import ModelParams

pytestmark = pytest.mark.chain


def counts(params: ModelParams | None = None, size: int = 48) -> tuple[int, int]:
    found = sizes(cnn5.build, params, size)
    return found.trainable, found.other


def test_the_parameters_are_those_of_the_reports() -> None:
    assert counts() == (1_326_567, 2_176)
    assert counts(ModelParams(dropout=0.0)) == (1_326_567, 2_176)
    # Only the first dense layer sees the size: 4 x 4 places instead of 3 x 3, of 256 filters each.
    assert counts(size=64) == (1_326_567 + (16 - 9) * 256 * 64, 2_176)
