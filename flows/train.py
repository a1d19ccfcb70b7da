"""train: prepared faces in, a registered candidate out."""

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, fitting, patience, places, progress
from flows.stage import stage
from tasks import files, origin, params, unregistered

if TYPE_CHECKING:
    from distributed import Client

    from tasks.registry import Version
    from tasks.train import Trained


@flow(name="train", validate_parameters=False)
def train(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    data: str = str(places.PREPARED),
    dvc_stage: str = "train",
) -> dict[str, Any]:
    """Train the network of ``params_file`` on a Dask worker and register it; return a summary.

    Leaves the bundle in out/model, the curves in out/history.csv, and the run in out/registered.json. What is trained
    waits in out/unregistered until it is registered: the same training is not done again when the store was away.

    Args:
        data: the prepared folder.
        dvc_stage: the DVC stage, kept with the run.

    Raises:
        RegistryError: the training is done and kept, but the store is away for longer than tracking.patience.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    place = _place(settings, Path(data))
    with cluster.client(settings.cluster, workers=1, threads=1) as client:
        if (place / unregistered.TRAINING).is_file():
            progress.note("train: the same training is done and waits to be registered")
            kept = unregistered.read(place)
        else:
            fresh = places.MODEL.with_name(".model.new")
            shutil.rmtree(fresh, ignore_errors=True)
            trained = fit(client, settings, Path(data), fresh)
            kept = unregistered.keep(place, settings, trained, fresh, dvc_stage, origin.known(Path(data), Path.cwd()))
        leave(kept)
        version = register(kept, settings, lambda address: submitted(client, kept, settings, address))
    unregistered.drop(kept)
    return summary(kept, version)


def _place(settings: params.Params, data: Path) -> Path:
    """Where this training waits to be registered: named by its parameters, data and code."""
    from tasks.provenance import code_digest
    from tasks.train import key

    return places.UNREGISTERED / f"{key(settings, data)}-{code_digest()[:8]}"


def leave(kept: unregistered.Kept) -> None:
    """Leave the bundle and the curves where they are looked for."""
    fresh = places.MODEL.with_name(".model.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(kept.folder, fresh)
    shutil.rmtree(places.MODEL, ignore_errors=True)
    fresh.rename(places.MODEL)
    write_history(places.HISTORY, kept.trained.history)


def summary(kept: unregistered.Kept, version: "Version") -> dict[str, Any]:
    """What is said of a training that is registered; also left in out/registered.json."""
    card = kept.trained.card
    found = {
        "architecture": card.architecture,
        "epochs": len(kept.trained.history),
        "validation_accuracy": card.validation_accuracy,
        "precision": kept.trained.precision,
        "digest": card.digest,
        "model": version.name,
        "version": version.number,
        "run_id": version.run_id,
    }
    files.write_json(places.REGISTERED, found)
    return found


@stage("fit")
def fit(client: "Client", settings: params.Params, data: Path, folder: Path) -> "Trained":
    """Train on one worker, with a bar here that follows it."""
    with progress.bar("train", address=client.dashboard_link) as advance:
        validated = ""

        def follow(event: tuple[float, tuple[int, int, dict[str, float]]]) -> None:
            nonlocal validated
            done, total, logs = event[1]
            if not logs:
                advance(done, total, "faces that the teachers have answered")
                return
            if "val_accuracy" in logs:
                validated = f"  validation {logs['val_accuracy']:.3f} after epoch {logs['epoch']:.0f}"
            advance(done, total, f"loss {logs['loss']:.3f}  accuracy {logs['accuracy']:.3f}{validated}")

        client.subscribe_topic(fitting.TOPIC, follow)
        try:
            trained: Trained = client.submit(
                fitting.fit, settings, data.resolve(), folder.resolve(), str(Path.cwd()), pure=False
            ).result()
        finally:
            client.unsubscribe_topic(fitting.TOPIC)
    return trained


@stage("register")
def register(kept: unregistered.Kept, settings: params.Params, ask: "Callable[[str], Version]") -> "Version":
    """Log the run and make the bundle a version of the registered model, alias `candidate`.

    Args:
        ask: registers it once, at the store's address.

    Raises:
        RegistryError: it is away for longer than tracking.patience.
    """
    from tasks.registry_address import uri

    address = uri(settings.tracking, Path.cwd())
    way = f"The training is kept in '{kept.place}'. When the store is back: fermata models register"
    return patience.asked(lambda: ask(address), settings.tracking.patience, way)


def submitted(client: "Client", kept: unregistered.Kept, settings: params.Params, address: str) -> "Version":
    """Register it on the worker: it has TensorFlow loaded, which MLflow needs to keep a Keras model."""
    version: Version = client.submit(fitting.log, kept.place.resolve(), settings, address, pure=False).result()
    return version


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """Write one CSV row per epoch."""
    with files.replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
