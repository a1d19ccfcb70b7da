"""The faces of one training: which are learnt from, and which it is judged on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tasks import dataset
from tasks.dataset import Split
from tasks.errors import ParamsError, SourceError
from tasks.params import Train


def splits(data: Path, params: Train, store: Path) -> tuple[Split, Split]:
    """(training, validation) of the prepared folder ``data``.

    With ``params.fold`` both come from the two splits together: the fold is judged on, the others are learnt from,
    warped copies among them only in learning.

    Args:
        store: file for images that are more than ``params.memory`` bytes.

    Raises:
        SourceError: a split is missing.
        ParamsError: a fold that the data set doesn't have.
    """
    learnt = dataset.load(data, params.split, True, params.memory, store)
    judged = dataset.load(data, params.validation)
    if params.fold >= 0:
        learnt, judged = _folded(learnt, judged, params.fold)
    if params.part < 1:
        learnt = select(learnt, _part(learnt.labels, params.part, params.seed))
    return learnt, judged


def select(split: Split, rows: npt.NDArray[np.int64]) -> Split:
    """The split with only ``rows`` (positions), in their order."""
    return replace(
        split,
        images=split.images[rows],
        labels=split.labels[rows],
        keys=[split.keys[row] for row in rows],
        groups=[split.groups[row] for row in rows],
        folds=split.folds[rows],
        votes=split.votes[rows],
        copies=split.copies[rows],
    )


def _folded(learnt: Split, judged: Split, fold: int) -> tuple[Split, Split]:
    both = replace(
        learnt,
        images=np.concatenate([learnt.images, judged.images]),
        labels=np.concatenate([learnt.labels, judged.labels]),
        keys=learnt.keys + judged.keys,
        groups=learnt.groups + judged.groups,
        folds=np.concatenate([learnt.folds, judged.folds]),
        votes=np.concatenate([learnt.votes, judged.votes]),
        copies=np.concatenate([learnt.copies, judged.copies]),
    )
    held = both.folds == fold
    if not held.any():
        there = sorted(set(both.folds[both.folds >= 0].tolist()))
        said = f"folds {there[0]} to {there[-1]}" if there else "no folds: prepare it with prepare.split.folds"
        raise ParamsError(f"train.fold: received {fold}, the data set has {said}")
    return select(both, np.flatnonzero(~held)), select(both, np.flatnonzero(held & ~both.copies))


def _part(labels: npt.NDArray[np.int64], share: float, seed: int) -> npt.NDArray[np.int64]:
    """Positions of ``share`` of each class, at least one, in order."""
    random = np.random.default_rng(seed)
    rows = [random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    if not rows:
        raise SourceError("train.part: the split is empty")
    return np.sort(np.concatenate([found[: max(1, round(share * len(found)))] for found in rows]))
