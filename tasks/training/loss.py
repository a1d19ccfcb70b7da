"""Losses on dense targets: (b, 7) shares, (b, 3) of `model.rejects`, and the teachers' (b, 7) where there are some.

Rows of zeros say nothing about the emotion, scores below 0 nothing about a reject.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.params import Distil, Loss
from tasks.schema import EMOTIONS, REJECTS

TINY = 1e-7
CLASSES = len(EMOTIONS)
REJECT_SHARE = 0.5  # of the loss on rejects, beside that on emotions


def make(params: Loss, distil: Distil, rejects: bool = False, drawn: npt.NDArray[np.float64] | None = None) -> Any:
    """A keras.losses.Loss of targets (b, 7 [+ 3] [+ 7]) and answers (b, 7 [+ 3]).

    Args:
        rejects: whether there are targets and answers of ``schema.REJECTS``.
        drawn: (7,) shares of the emotions in what is drawn. With them the answers are those under equal shares: they
            are multiplied by ``drawn`` before they are compared with what was drawn. None: the answers are compared.

    Sources: Lin et al., Focal Loss for Dense Object Detection, ICCV 2017; Szegedy et al., Rethinking the Inception
    Architecture, CVPR 2016 (label smoothing); Menon et al., Long-tail Learning via Logit Adjustment, ICLR 2021
    (``drawn``); Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
    """
    import keras
    from keras import ops

    def one(targets: Any, predicted: Any) -> Any:
        smooth = params.label_smoothing
        wanted = targets * (1 - smooth) + smooth / CLASSES * ops.sum(targets, axis=-1, keepdims=True)
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
        apart = ops.sum(softened * (ops.log(ops.maximum(softened, TINY)) - own), axis=-1)
        return at**2 * apart * ops.cast(ops.sum(teachers, axis=-1) > 0.5, apart.dtype)

    def under(predicted: Any) -> Any:
        """Answers under the shares of what is drawn."""
        if drawn is None:
            return predicted
        joint = predicted * np.asarray(drawn, np.float32)
        return joint / ops.sum(joint, axis=-1, keepdims=True)

    def rejected(targets: Any, predicted: Any) -> Any:
        """Binary cross-entropy, of what something is said about."""
        yes, no = ops.log(ops.maximum(predicted, TINY)), ops.log(ops.maximum(1 - predicted, TINY))
        return -ops.sum(ops.where(targets < 0, 0.0, targets * yes + (1 - targets) * no), axis=-1)

    class Made(keras.losses.Loss):  # type: ignore[misc, unused-ignore]
        """As the parameters say."""

        def call(self, y_true: Any, y_pred: Any) -> Any:
            emotions = under(y_pred[:, :CLASSES])
            total = (several if params.name == "multi_label" else one)(y_true[:, :CLASSES], emotions)
            if distil.teachers:
                total = distil.hard * total + (1 - distil.hard) * taught(y_true[:, -CLASSES:], emotions)
            if rejects:
                behind = slice(CLASSES, CLASSES + len(REJECTS))
                total = total + REJECT_SHARE * rejected(y_true[:, behind], y_pred[:, behind])
            return total

    return Made(name=params.name)


def accuracy(targets: Any, predicted: Any) -> Any:
    """(b,) 1 where the largest target is the largest answer; of a picture without emotion where that is seen."""
    from keras import ops

    emotions = ops.sum(targets[:, :CLASSES], axis=-1) > 0.5
    same = ops.argmax(targets[:, :CLASSES], axis=-1) == ops.argmax(predicted[:, :CLASSES], axis=-1)
    if predicted.shape[-1] > CLASSES:
        same = ops.where(emotions, same, predicted[:, CLASSES] > 0.5)
    return ops.cast(same, "float32")
