import numpy as np
import pytest

from tasks.images.clean import Levels, blank, flaw, levels
from tasks.params import Prepare
from tasks.schema import REASONS


def test_levels_agree_with_numpy() -> None:
    image = np.random.default_rng(1).integers(0, 256, (48, 48), np.uint8)
    measured = levels(image)
    assert measured.mean == pytest.approx(image.mean(), abs=1e-9)
    assert measured.std == pytest.approx(image.std(), abs=1e-9)


@pytest.mark.parametrize(("std", "least", "found"), [(0.0, 1.0, True), (0.999, 1.0, True), (1.0, 1.0, False)])
def test_blank_is_strictly_under_the_limit(std: float, least: float, found: bool) -> None:
    assert (blank(Levels(100.0, std), least) is not None) is found


def test_a_limit_of_zero_keeps_even_flat_pictures() -> None:
    assert flaw(levels(np.zeros((48, 48), np.uint8)), Prepare(blank_std=0.0)) is None


def test_flaw_says_what_was_measured() -> None:
    image = np.full((48, 48), 9, np.uint8)
    image[0, 0] = 12
    found = flaw(levels(image), Prepare())
    assert found is not None
    assert found.reason in REASONS
    assert found == ("blank", "standard deviation 0.06 is under 1 grey levels")
