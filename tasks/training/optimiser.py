"""The optimiser of params, with its schedule."""

import math
from typing import Any

from tasks.params import Optimiser

START, END = 25.0, 1e4  # one-cycle: the peak's multiple of the first and of the last rate


def make(params: Optimiser, steps: int, before: int = 0, ema: float = 0.0) -> Any:
    """An untouched Keras optimiser.

    Args:
        steps: of the whole training.
        before: steps that were done by another optimiser, in which a schedule goes on.
        ema: of the weights, per step; 0: off.
    """
    import keras

    rate = _rate(params, steps, before)
    shared: dict[str, Any] = {
        "weight_decay": params.weight_decay or None,
        "global_clipnorm": params.clip_norm or None,
        "use_ema": bool(ema),
        "ema_momentum": ema or 0.99,
    }
    match params.name:
        case "sgd":
            made = keras.optimizers.SGD(rate, momentum=params.momentum, nesterov=params.momentum > 0, **shared)
        case "adamw":
            made = keras.optimizers.AdamW(rate, **shared | {"weight_decay": params.weight_decay})
        case _:
            made = keras.optimizers.Adam(rate, **shared)
    if params.weight_decay:
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def regularise(network: Any, l2: float) -> None:
    """Add ``l2`` times the squares of all kernels to the loss of ``network``."""
    import keras

    for weight in network.trainable_weights:
        if l2 and "kernel" in weight.name:
            weight.regularizer = keras.regularizers.L2(l2)


def _rate(params: Optimiser, steps: int, before: int) -> Any:
    import keras
    from keras import ops

    peak, total = params.learning_rate, max(1, steps)
    if params.schedule in ("constant", "plateau"):
        return peak

    class Cosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc, unused-ignore]
        """From the peak to 0 along half a cosine. Source: Loshchilov and Hutter, SGDR, ICLR 2017."""

        def __call__(self, step: Any) -> Any:
            done = ops.minimum((ops.cast(step, "float32") + before) / total, 1.0)
            return peak * 0.5 * (1 + ops.cos(math.pi * done))

        def get_config(self) -> dict[str, Any]:
            return {}

    class OneCycle(Cosine):
        """Up and down along cosines. Source: Smith and Topin, Super-Convergence, 2018."""

        def __call__(self, step: Any) -> Any:
            done = ops.minimum((ops.cast(step, "float32") + before) / total, 1.0)
            up = done / max(params.warmup, 1e-6)
            down = (done - params.warmup) / (1 - params.warmup)
            rising = peak / START + (peak - peak / START) * 0.5 * (1 - ops.cos(math.pi * up))
            falling = peak / END + (peak - peak / END) * 0.5 * (1 + ops.cos(math.pi * down))
            return ops.where(done < params.warmup, rising, falling)

    return (Cosine if params.schedule == "cosine" else OneCycle)()
