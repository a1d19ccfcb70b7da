"""Where a training stands after an epoch, in one file, so that a killed one goes on as if nothing had happened."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import files

NAME = "checkpoint.npz"
Arrays = list[npt.NDArray[Any]]


@dataclass
class State:
    """What the next epoch depends on.

    Attributes:
        epoch: epochs that are done.
        variables: of the network, in its order; the random state of dropout is among them.
        optimiser: variables of the optimiser, in its order; none where the next epoch begins with a new one.
        average: moving average of the weights, where one is taken.
        best: weights of the epoch that is kept.
        history: a row per epoch.
        weights: (7,) of the classes.
        rate: the learning rate, where the plateau rule sets it.
        stale: epochs since the best one.
        waited: epochs since the last gain or cut, for the plateau rule.
    """

    epoch: int = 0
    variables: Arrays = field(default_factory=list)
    optimiser: Arrays = field(default_factory=list)
    average: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    weights: npt.NDArray[np.float64] = field(default_factory=lambda: np.ones(7))
    rate: float = 0.0
    stale: int = 0
    waited: int = 0


_LISTS = ("variables", "optimiser", "average", "best")


def write(folder: Path, state: State) -> None:
    """Write ``folder``/checkpoint.npz, whole or not at all."""
    arrays = {f"{name}.{n}": value for name in _LISTS for n, value in enumerate(getattr(state, name))}
    rest = {name: value for name, value in vars(state).items() if name not in (*_LISTS, "weights")}
    with files.replacing(folder / NAME) as temporary, temporary.open("wb") as stream:
        np.savez(stream, rest=np.array(json.dumps(rest)), weights=state.weights, **arrays)


def read(folder: Path) -> State | None:
    """The state that was written last; None without one, or where it is damaged: the training then begins anew."""
    try:
        with (folder / NAME).open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            rest = json.loads(str(found["rest"]))
            lists: dict[str, Any] = {
                name: [found[f"{name}.{n}"] for n in range(sum(key.startswith(f"{name}.") for key in found.files))]
                for name in _LISTS
            }
            return State(**lists, **rest, weights=found["weights"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
