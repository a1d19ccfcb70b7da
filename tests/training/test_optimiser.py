import math

import numpy as np
import pytest

from tasks.params import Optimiser
from tasks.training import optimiser

pytestmark = pytest.mark.chain  # keras is imported


def _rates(params: Optimiser, steps: int, before: int = 0) -> list[float]:
    schedule = optimiser.make(params, steps, before)._learning_rate
    return [float(schedule(step)) for step in range(steps - before + 1)]


def test_the_cosine_ends_at_nothing() -> None:
    rates = _rates(Optimiser(learning_rate=0.1), 100)
    assert rates[0] == pytest.approx(0.1)
    assert rates[50] == pytest.approx(0.05)
    assert rates[100] == pytest.approx(0, abs=1e-8)
    assert rates[25] == pytest.approx(0.05 * (1 + math.cos(math.pi / 4)), rel=1e-5)


def test_one_cycle_rises_and_falls() -> None:
    rates = _rates(Optimiser(learning_rate=0.1, schedule="one_cycle", warmup=0.3), 100)
    assert rates[0] == pytest.approx(0.1 / optimiser.START)
    assert max(rates) == rates[30] == pytest.approx(0.1)
    assert rates[100] == pytest.approx(0.1 / optimiser.END, rel=1e-3)
    assert rates[:31] == sorted(rates[:31])
    assert rates[30:] == sorted(rates[30:], reverse=True)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_second_phase_goes_on_in_the_schedule(schedule: str) -> None:
    params = Optimiser.model_validate({"schedule": schedule})
    assert _rates(params, 100, 40) == pytest.approx(_rates(params, 100)[40:], abs=1e-9)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_decay_shrinks_kernels_and_nothing_else(name: str) -> None:
    import keras

    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    layer.set_weights([np.ones((3, 2)), np.ones(2)])
    params = Optimiser.model_validate(
        {"name": name, "schedule": "constant", "learning_rate": 0.1, "weight_decay": 0.5, "momentum": 0.0}
    )
    made = optimiser.make(params, 10)
    made.build(layer.trainable_weights)
    made.apply_gradients([(np.zeros((3, 2), np.float32), layer.kernel), (np.zeros(2, np.float32), layer.bias)])
    np.testing.assert_allclose(np.asarray(layer.kernel), 0.95, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(layer.bias), 1.0)


def test_l2_is_added_to_the_loss() -> None:
    import keras

    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    network.set_weights([np.full((3, 2), 2.0), np.ones(2)])
    optimiser.regularise(network, 0.01)
    assert float(sum(network.losses)) == pytest.approx(0.01 * 6 * 4)
    assert not keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).losses
