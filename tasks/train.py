"""Train a network on prepared faces and leave it as a bundle."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import batches, bundle, dataset, export, manifest, quiet
from tasks.calibrate import fit_temperature
from tasks.classify import Classifier, channels
from tasks.errors import SourceError
from tasks.models import ARCHITECTURES
from tasks.params import Params, Train
from tasks.provenance import git_revision, versions
from tasks.schema import EMOTIONS

# AMX and AVX-512 multiply bfloat16 in hardware: twice as fast, the same accuracy. Elsewhere it is emulated.
FAST_BFLOAT16 = ("amx_bf16", "avx512_bf16")

Epoch = dict[str, float]


@dataclass(frozen=True)
class Trained:
    """What training leaves besides the bundle: one row per epoch, and the precision that was used."""

    history: list[Epoch]
    card: bundle.Card
    precision: str
    class_weights: dict[str, float]


def train(
    params: Params,
    data: Path,
    folder: Path,
    on_step: Callable[[int, int, Epoch], None] = lambda step, steps, logs: None,
) -> Trained:
    """Train ``params.model`` on ``data`` (a prepared folder) and write the bundle to ``folder``.

    Args:
        on_step: called after each batch with (steps done, steps in all, running loss and accuracy).

    The weights of the epoch with the best validation accuracy are kept.

    Raises:
        SourceError: the split is missing, or holds no image of some class.
    """
    training = dataset.load(data, params.train.split)
    validation = dataset.load(data, params.train.validation)
    weights = class_weights(training.labels, params.train.split)
    chosen = precision(params.train)
    folder.mkdir(parents=True, exist_ok=True)
    with quiet.native_output():
        network, history = _fit(params, chosen, training, validation, weights, on_step)
        plain = _as_float32(network, params, training.normalise.size)
        export.write(plain, folder)
        expected = plain.predict(channels(validation.images[:256]), verbose=0)
    card = bundle.Card(
        architecture=params.model.architecture,
        labels=list(EMOTIONS),
        digest=export.digest(folder),
        temperature=1.0,
        synthetic=params.data.source == "synthetic",
        source=params.data.source,
        data_digest=training.digest,
        split_digests=manifest.read(data)["split_digests"],
        git_revision=git_revision(),
        trained_with=versions("keras", "tensorflow", "numpy"),
        validation_accuracy=max(row["val_accuracy"] for row in history),
        parity=0.0,
        normalise=training.normalise.model_dump(),
    )
    card = _finish(folder, card, expected, validation)
    weights_by_name = {EMOTIONS[number]: weight for number, weight in weights.items()}
    return Trained(history, card, chosen, weights_by_name if params.train.class_weights else {})


def class_weights(labels: npt.NDArray[np.int64], split: str) -> dict[int, float]:
    """scikit-learn's balanced weights: n / (classes * count), so that rare emotions count as much as common ones.

    Raises:
        SourceError: a class has no image.
    """
    from sklearn.utils.class_weight import compute_class_weight

    counts = np.bincount(labels, minlength=len(EMOTIONS))
    if missing := [emotion for emotion, count in zip(EMOTIONS, counts, strict=True) if not count]:
        raise SourceError(
            f"train.split: '{split}' holds no image of {', '.join(missing)}. "
            "Add some: a network can't learn what it never saw"
        )
    found = compute_class_weight("balanced", classes=np.arange(len(EMOTIONS)), y=labels)
    return {number: float(weight) for number, weight in enumerate(found)}


def precision(params: Train) -> str:
    """``params.precision``, with `auto` resolved: bfloat16 where the processor or a GPU computes it natively."""
    if params.precision != "auto":
        return params.precision
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        flags = ""
    return "bfloat16" if any(flag in flags for flag in FAST_BFLOAT16) else "float32"


def _fit(
    params: Params,
    chosen: str,
    training: dataset.Split,
    validation: dataset.Split,
    weights: dict[int, float],
    on_step: Callable[[int, int, Epoch], None],
) -> tuple[Any, list[Epoch]]:
    import keras

    keras.utils.set_random_seed(params.train.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if chosen == "bfloat16" else "float32")
    try:
        network = ARCHITECTURES[params.model.architecture](params.model, training.normalise.size)
    finally:
        keras.config.set_dtype_policy("float32")
    faces = batches.make(training.images, training.labels, params.train)
    network.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(params.train, len(faces))),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    keep = _Keep(network, on_step, len(faces) * params.train.epochs)
    network.fit(
        faces,
        epochs=params.train.epochs,
        validation_data=(channels(validation.images), validation.labels),
        class_weight=weights if params.train.class_weights else None,
        callbacks=[keep.callback()],
        verbose=0,
    )
    network.set_weights(keep.best)
    return network, keep.history


def _learning_rate(params: Train, steps_per_epoch: int) -> Any:
    from keras.optimizers.schedules import CosineDecay

    if params.schedule == "constant":
        return params.learning_rate
    return CosineDecay(params.learning_rate, steps_per_epoch * params.epochs)


class _Keep:
    """The history, and the weights of the best epoch."""

    def __init__(self, network: Any, on_step: Callable[[int, int, Epoch], None], steps: int) -> None:
        self.history: list[Epoch] = []
        self.best = network.get_weights()
        self._network, self._on_step, self._steps = network, on_step, steps
        self._done = 0
        self._began = time.monotonic()

    def callback(self) -> Any:
        from keras.callbacks import LambdaCallback

        return LambdaCallback(on_train_batch_end=self._step, on_epoch_end=self._epoch)

    def _step(self, batch: int, logs: dict[str, Any]) -> None:
        self._done += 1
        self._on_step(self._done, self._steps, {name: float(value) for name, value in logs.items()})

    def _epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        row = {"epoch": float(epoch + 1), **{name: float(value) for name, value in logs.items()}}
        row["seconds"] = time.monotonic() - self._began
        self._began = time.monotonic()
        row["learning_rate"] = float(np.asarray(self._network.optimizer.learning_rate))
        if all(row["val_accuracy"] > earlier["val_accuracy"] for earlier in self.history):
            self.best = self._network.get_weights()
        self.history.append(row)


def _as_float32(network: Any, params: Params, size: int) -> Any:
    """The same weights in a network that computes in float32, for export: LiteRT has no bfloat16."""
    plain = ARCHITECTURES[params.model.architecture](params.model, size)
    plain.set_weights(network.get_weights())
    return plain


def _finish(
    folder: Path, card: bundle.Card, expected: npt.NDArray[np.float32], validation: dataset.Split
) -> bundle.Card:
    """Fit the temperature and measure the export's parity with what LiteRT computes; write the final card."""
    from dataclasses import replace

    bundle.write_card(folder, card)
    found = Classifier(folder).raw(validation.images)
    card = replace(
        card,
        temperature=fit_temperature(found, validation.labels),
        parity=float(np.abs(found[: len(expected)] - expected).max()),
    )
    bundle.write_card(folder, card)
    return card
