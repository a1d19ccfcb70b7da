"""A training's part on its worker, which gets it by this module's name: so the module doesn't load Prefect."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks import folds, params, unregistered

if TYPE_CHECKING:
    from tasks.registry import Version
    from tasks.train import Trained

TOPIC: Final = "fermata-train"  # of Dask's events


def fit(settings: params.Params, data: Path, folder: Path, project: str) -> "Trained":
    """Train, and tell the client how far it is, at most 10 times a second."""
    from distributed import get_worker

    from tasks.train import train as run

    os.chdir(project)  # a worker stands in a folder of its own; the git revision is the project's
    worker, last, place = get_worker(), 0.0, (0, 1)

    def tell(done: int, total: int, logs: dict[str, float]) -> None:
        nonlocal last, place
        place = (done, total)
        if time.monotonic() - last > 0.1 or done == total:
            last = time.monotonic()
            worker.log_event(TOPIC, (done, total, logs))

    return run(settings, data, folder, tell, lambda row: worker.log_event(TOPIC, (*place, row)))


def fit_fold(fold: int, settings: params.Params, data: Path, folder: Path, project: str) -> folds.Fold:
    """Train with one fold held out, and judge the network on that."""
    from tasks import quiet

    os.chdir(project)
    with quiet.native_output():
        return folds.run(fold, settings, data, folder)


def log(place: Path, settings: params.Params, address: str) -> "Version":
    """Register the training that is kept in ``place``."""
    from tasks import quiet
    from tasks.registry import Registry

    kept = unregistered.read(place)
    with quiet.native_output():
        return Registry(settings.tracking, address).register(
            kept.params, kept.trained, kept.folder, kept.stage, kept.token, kept.origin
        )
