import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.params import Mixing
from tasks.training import mix


def test_nothing_is_drawn_when_it_is_off() -> None:
    assert mix.draw(Mixing(), 8, 48, np.random.default_rng(1)) is None


@given(seed=st.integers(0, 2**32 - 1), alpha=st.floats(0.1, 4), size=st.integers(4, 64))
def test_a_window_fills_just_the_partners_share(seed: int, alpha: float, size: int) -> None:
    drawn = mix.draw(Mixing(cutmix=alpha), 5, size, np.random.default_rng(seed))
    assert drawn is not None
    faces = np.repeat(np.arange(5, dtype=np.float32), size * size * 3).reshape(5, size, size, 3)
    mixed = mix.apply(faces, drawn)
    # The mean of a mixed face of flat ones is that of its mixed labels.
    assert mixed.mean(axis=(1, 2, 3)) == pytest.approx(mix.blend(np.arange(5, dtype=np.float32), drawn), abs=1e-4)
    assert sorted(drawn.partner.tolist()) == [0, 1, 2, 3, 4]


def test_mixup_adds_both() -> None:
    faces = np.random.default_rng(0).uniform(0, 255, (4, 6, 6, 3)).astype(np.float32)
    drawn = mix.Mix(np.array([1, 0, 3, 2]), 0.25, None)
    np.testing.assert_allclose(mix.apply(faces, drawn)[0], 0.25 * faces[0] + 0.75 * faces[1], rtol=1e-5)


def test_with_both_on_each_has_its_turn() -> None:
    drawn = [mix.draw(Mixing(mixup=1.0, cutmix=1.0), 4, 48, np.random.default_rng(seed)) for seed in range(40)]
    windows = sum(one is not None and one.window is not None for one in drawn)
    assert 8 < windows < 32
