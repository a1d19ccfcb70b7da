"""Train PARAMS from the bundle START on the prepared folder DATA, into OUT, on whatever KERAS_BACKEND says."""

import sys
from pathlib import Path

from tiny_training import TINY

from tasks import quiet
from tasks.params import ModelParams, Optimiser, Params
from tasks.train import train


def params(start: str) -> Params:
    """Steps that are the same on any backend: no dropout, whose numbers are the backend's own."""
    model = ModelParams(architecture="resnet", stem=4, widths=(4, 8), blocks=(1,), dropout=0.0)
    chosen = {
        "start": start,
        "epochs": 2,
        "ema": 0.5,
        "optimiser": Optimiser(name="sgd", learning_rate=0.01, weight_decay=0.01, schedule="one_cycle"),
    }
    return TINY.model_copy(update={"model": model, "train": TINY.train.model_copy(update=chosen)})


if __name__ == "__main__":
    quiet.environment()
    train(params(sys.argv[3]), Path(sys.argv[1]), Path(sys.argv[2]))
