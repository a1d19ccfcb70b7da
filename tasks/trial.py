"""One trial of a search: a short training that ends early when it falls behind."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tasks import train
from tasks.errors import TrainingError
from tasks.params import Params
from tasks.training import checkpoint
from tasks.training.watch import Epoch

Follow = Callable[[int, float], bool]  # (epochs done, validation accuracy) -> whether the trial is to be pruned
Fit = Callable[..., Any]  # as tasks.train.train


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes:
        value: best validation accuracy, 0..1; of a pruned trial as far as it came; None where it failed.
        rows: one per epoch.
        error: why it failed.
    """

    state: Literal["complete", "pruned", "failed"]
    value: float | None
    rows: list[Epoch]
    error: str = ""


class _EndedError(Exception):
    """All epochs are done: no bundle is wanted of a trial, and its export would take as long as an epoch."""


class _PrunedError(Exception):
    """It fell behind."""


def run(params: Params, data: Path, folder: Path, follow: Follow, fit: Fit = train.train) -> Outcome:
    """Train by ``params`` (see `search.trial`) and say how well it went; a trial that was killed goes on.

    Args:
        data: a prepared folder.
        folder: the trial's own; checkpoints are kept there until it has ended.
        follow: told of each epoch, also of those that an earlier process did.

    A loss that is no number any more is an answer about the parameters: the trial has failed, the search goes on.

    Raises:
        SourceError, ParamsError: as `train.train`.
    """
    rows: list[Epoch] = []

    def on_epoch(row: Epoch) -> None:
        rows.append(row)
        behind = follow(len(rows), row["val_accuracy"])
        if len(rows) >= params.train.epochs:
            raise _EndedError
        if behind:
            raise _PrunedError

    state: Literal["complete", "pruned"] = "complete"
    try:
        before = checkpoint.read(folder / train.key(params, data))
        for row in before.history if before else []:
            on_epoch(row)
        fit(params, data, folder / "bundle", on_epoch=on_epoch, checkpoints=folder)
    except _EndedError:
        pass
    except _PrunedError:
        state = "pruned"
    except TrainingError as error:
        shutil.rmtree(folder, ignore_errors=True)
        return Outcome("failed", None, rows, str(error))
    shutil.rmtree(folder, ignore_errors=True)
    return Outcome(state, max(row["val_accuracy"] for row in rows), rows)
