"""What happens between batches and epochs: progress, a stop at NaN, validation, the best weights, a checkpoint."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import batches, norms, prior
from tasks.batches import Feed
from tasks.calibrate import negative_log_likelihood
from tasks.errors import TrainingError
from tasks.params import Train
from tasks.schema import EMOTIONS
from tasks.training import balance, checkpoint
from tasks.training.average import Average
from tasks.training.checkpoint import State

Epoch = dict[str, float]
Told = Callable[[int, int, Epoch], None]
SETTLE = 8192  # faces by which the batch norms of averaged weights are told
GAIN = 1e-4  # of the validation accuracy: less is none


class Judged(NamedTuple):
    """The validation split: (n, side, side[, 3]) faces, (n,) labels; (7,) shares where answers are under equal ones."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float64] | None = None


class Watch:
    """Follows one fit of Keras; ``state`` is where the training stands."""

    def __init__(
        self,
        network: Any,
        feed: Feed,
        judged: Judged,
        params: Train,
        state: State,
        folder: Path,
        on_step: Told,
        on_epoch: Callable[[Epoch], None],
    ) -> None:
        """``folder`` is that of the checkpoint."""
        self._network, self._feed, self._judged, self._params = network, feed, judged, params
        self.state, self._folder = state, folder
        self._on_step, self._on_epoch = on_step, on_epoch
        since = round(params.epochs * (1 - params.swa)) * len(feed) if params.swa else None
        self._average = Average(params.ema, state.average, since)
        self._counts = feed.counts
        self._began = time.monotonic()

    def callback(self) -> Any:
        """As a Keras callback."""
        from keras.callbacks import LambdaCallback

        return LambdaCallback(
            on_epoch_begin=lambda epoch, logs: self._feed.begin(epoch),
            on_train_batch_end=self._step,
            on_epoch_end=self._epoch,
        )

    def _step(self, batch: int, logs: dict[str, Any]) -> None:
        loss = float(logs["loss"])
        if not np.isfinite(loss):
            done = self.state.epoch
            kept = f"Epoch {done} is kept: the same command goes on after it" if done else "Nothing was learnt before"
            raise TrainingError(
                f"train: the loss became {loss} in epoch {done + 1}, batch {batch + 1}. {kept}, with a lower "
                "train.optimiser.learning_rate, or train.optimiser.clip_norm: 1.0"
            )
        steps = self.state.epoch * len(self._feed) + batch + 1
        self._average.step(self._network, steps)
        self._on_step(
            steps, self._params.epochs * len(self._feed), {name: float(value) for name, value in logs.items()}
        )

    def _epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        state = self.state
        current = self._network.get_weights()
        if self._average.weights:
            self._network.set_weights(self._average.weights)
            if self._params.swa:
                # Averaged norms are not those of the averaged weights.
                norms.settle(self._network, self._feed.sample(SETTLE), self._params.seed)
        row = {"epoch": float(epoch + 1), **{name: float(value) for name, value in logs.items()}}
        found = np.asarray(self._network.predict(batches.plain(self._judged.images), verbose=0))
        found = found[:, : len(EMOTIONS)]
        if self._judged.shares is not None:
            found = prior.applied(found, np.full(len(EMOTIONS), 1 / len(EMOTIONS)), self._judged.shares)
        predicted = found.argmax(axis=1)
        row["val_accuracy"] = float((predicted == self._judged.labels).mean())
        row["val_loss"] = negative_log_likelihood(found, self._judged.labels)
        row["learning_rate"] = float(np.asarray(self._network.optimizer.learning_rate))
        row["seconds"] = time.monotonic() - self._began
        self._began = time.monotonic()
        better = all(row["val_accuracy"] > earlier["val_accuracy"] for earlier in state.history)
        if better:
            state.best = self._network.get_weights()
        if self._average.weights:
            self._network.set_weights(current)
        state.stale = 0 if better else state.stale + 1
        state.history.append(row)
        self._follow(balance.recalls(self._judged.labels, predicted), row)
        state.epoch, state.average = epoch + 1, self._average.weights
        state.variables = [np.asarray(one) for one in self._network.variables]
        state.optimiser = [np.asarray(one) for one in self._network.optimizer.variables]
        checkpoint.write(self._folder, state)
        self._on_epoch(row)

    def _follow(self, recall: npt.NDArray[np.float64], row: Epoch) -> None:
        """Let class weights and the learning rate follow the validation split, where they are to."""
        state, rule = self.state, self._params.optimiser
        if self._params.balance == "dynamic":
            state.weights = self._feed.weights = balance.followed(state.weights, recall, self._counts)
        if rule.schedule == "plateau":
            before = [earlier["val_accuracy"] for earlier in state.history[:-1]]
            gained = not before or row["val_accuracy"] > max(before) + GAIN
            state.waited = 0 if gained else state.waited + 1
            if state.waited >= rule.patience:
                state.waited, state.rate = 0, state.rate * rule.factor
                self._network.optimizer.learning_rate = state.rate
