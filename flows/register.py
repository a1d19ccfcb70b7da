"""register: trainings that the store was away for, into the registry."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import flow

from flows import places
from flows.fitting import log
from flows.train import leave, summary
from flows.train import register as registered
from tasks import params, unregistered

if TYPE_CHECKING:
    from tasks.registry import Version


@flow(name="register", validate_parameters=False)
def register(
    params_file: str = "params.yaml", overrides: Sequence[str] = (), place: str | None = None
) -> "list[Version]":
    """Register the training that waits in ``place``, or all that wait in out/unregistered, oldest first.

    The newest is left in out/model and out/registered.json, as its training would have.

    Raises:
        UsageError: no training waits in ``place``.
        RegistryError: the store is away for longer than tracking.patience, or refuses.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    found = [Path(place)] if place else unregistered.waiting(places.UNREGISTERED)
    versions = []
    for one in found:
        kept = unregistered.read(one)
        version = registered(kept, settings, partial(log, one, settings))
        leave(kept)
        summary(kept, version)
        unregistered.drop(kept)
        versions.append(version)
    return versions
