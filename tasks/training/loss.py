"""Losses on dense targets: (b, 7) shares, and behind them the teachers' (b, 7) where a network is distilled."""

from typing import Any

from tasks.params import Distil, Loss
from tasks.schema import EMOTIONS

TINY = 1e-7
CLASSES = len(EMOTIONS)


def make(params: Loss, distil: Distil) -> Any:
    """A keras.losses.Loss of targets (b, 7), or (b, 14) with teachers, and probabilities (b, 7).

    Sources: Lin et al., Focal Loss for Dense Object Detection, ICCV 2017; Szegedy et al., Rethinking the Inception
    Architecture, CVPR 2016 (label smoothing); Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
    """
    import keras
    from keras import ops

    def one(targets: Any, predicted: Any) -> Any:
        smooth = params.label_smoothing
        wanted = targets * (1 - smooth) + smooth / CLASSES
        logs = ops.log(ops.maximum(predicted, TINY))
        if params.name == "focal":
            logs = logs * ops.power(1 - predicted, params.gamma)
        return -ops.sum(wanted * logs, axis=-1)

    def several(targets: Any, predicted: Any) -> Any:
        yes, no = ops.log(ops.maximum(predicted, TINY)), ops.log(ops.maximum(1 - predicted, TINY))
        return -ops.mean(targets * yes + (1 - targets) * no, axis=-1)

    def taught(teachers: Any, predicted: Any) -> Any:
        """Kullback-Leibler divergence at a temperature, times its square so that gradients keep their size."""
        at = distil.temperature
        softened = ops.softmax(ops.log(ops.maximum(teachers, TINY)) / at)
        own = ops.log_softmax(ops.log(ops.maximum(predicted, TINY)) / at)
        return at**2 * ops.sum(softened * (ops.log(ops.maximum(softened, TINY)) - own), axis=-1)

    class Made(keras.losses.Loss):  # type: ignore[misc, unused-ignore]
        """As the parameters say."""

        def call(self, y_true: Any, y_pred: Any) -> Any:
            hard = (several if params.name == "multi_label" else one)(y_true[:, :CLASSES], y_pred)
            if not distil.teachers:
                return hard
            return distil.hard * hard + (1 - distil.hard) * taught(y_true[:, CLASSES:], y_pred)

    return Made(name=params.name)


def accuracy(targets: Any, predicted: Any) -> Any:
    """(b,) 1 where the largest of the targets is the largest answer."""
    from keras import ops

    same = ops.argmax(targets[:, :CLASSES], axis=-1) == ops.argmax(predicted, axis=-1)
    return ops.cast(same, "float32")
