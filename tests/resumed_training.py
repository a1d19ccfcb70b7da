"""Train the same network twice, once undisturbed and once killed after epochs 1 and 3; print both as JSON.

A process of its own: TensorFlow's determinism can't be switched off again.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from tiny_training import TINY

from tasks import bundle, quiet
from tasks.params import Mixing, ModelParams, Optimiser
from tasks.train import Trained, train
from tasks.training.watch import Epoch

# Everything that has a state: dropout, momentum, moving average, dynamic weights, mixing, plateau.
PARAMS = TINY.model_copy(
    update={
        "model": ModelParams(architecture="resnet", stem=4, widths=(4, 8), blocks=(1,), dropout=0.3),
        "train": TINY.train.model_copy(
            update={
                "epochs": 4,
                "ema": 0.9,
                "balance": "dynamic",
                "deterministic": True,
                "mixing": Mixing(mixup=0.4, cutmix=0.4),
                "optimiser": Optimiser(name="sgd", learning_rate=0.02, schedule="plateau", patience=1),
            }
        ),
    }
)


class Killed(Exception):  # noqa: N818
    """An end in the middle."""


def _shown(trained: Trained, folder: Path) -> dict[str, Any]:
    import keras

    weights = keras.saving.load_model(folder / bundle.KERAS, compile=False).get_weights()
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in trained.history]
    digest = hashlib.sha256(b"".join(weight.tobytes() for weight in weights)).hexdigest()
    return {"history": rows, "weights": digest, "classes": trained.class_weights}


def main() -> None:
    quiet.environment()
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    whole = _shown(train(PARAMS, data, folder / "whole"), folder / "whole")
    for last in (1, 3):

        def stop(row: Epoch, last: int = last) -> None:
            if row["epoch"] == last:
                raise Killed

        try:
            train(PARAMS, data, folder / "parts", on_epoch=stop)
        except Killed:
            assert not (folder / "parts").exists()
    parts = _shown(train(PARAMS, data, folder / "parts"), folder / "parts")
    print(json.dumps([whole, parts]))  # noqa: T201


main()
