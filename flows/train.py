"""train: prepared faces in, a registered candidate out."""

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, places, progress
from flows.stage import stage
from tasks import files, params

if TYPE_CHECKING:
    from distributed import Client

    from tasks.registry import Version
    from tasks.train import Trained

TOPIC = "fermata-train"


@flow(name="train", validate_parameters=False)
def train(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    data: str = str(places.PREPARED),
    dvc_stage: str = "train",
) -> dict[str, Any]:
    """Train the network of ``params_file`` on a Dask worker and register it; return a summary.

    Leaves the bundle in out/model, the curves in out/history.csv, and the run in out/registered.json.

    Args:
        data: the prepared folder.
        dvc_stage: the DVC stage, kept with the run.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    fresh = places.MODEL.with_name(".model.new")
    shutil.rmtree(fresh, ignore_errors=True)
    with cluster.client(settings.cluster, workers=1, threads=1) as client:
        trained = fit(client, settings, Path(data), fresh)
        version = register(client, settings, trained, fresh, dvc_stage)
    shutil.rmtree(places.MODEL, ignore_errors=True)
    fresh.rename(places.MODEL)
    write_history(places.HISTORY, trained.history)
    summary = {
        "architecture": trained.card.architecture,
        "epochs": len(trained.history),
        "validation_accuracy": trained.card.validation_accuracy,
        "precision": trained.precision,
        "digest": trained.card.digest,
        "model": version.name,
        "version": version.number,
        "run_id": version.run_id,
    }
    files.write_json(places.REGISTERED, summary)
    return summary


@stage("fit")
def fit(client: "Client", settings: params.Params, data: Path, folder: Path) -> "Trained":
    """Train on one worker, with a bar here that follows it."""
    with progress.bar("train", address=client.dashboard_link) as advance:
        validated = ""

        def follow(event: tuple[float, tuple[int, int, dict[str, float]]]) -> None:
            nonlocal validated
            done, total, logs = event[1]
            if "val_accuracy" in logs:
                validated = f"  validation {logs['val_accuracy']:.3f} after epoch {logs['epoch']:.0f}"
            advance(done, total, f"loss {logs['loss']:.3f}  accuracy {logs['accuracy']:.3f}{validated}")

        client.subscribe_topic(TOPIC, follow)
        try:
            trained: Trained = client.submit(
                _fit, settings, data.resolve(), folder.resolve(), str(Path.cwd()), pure=False
            ).result()
        finally:
            client.unsubscribe_topic(TOPIC)
    return trained


def _fit(settings: params.Params, data: Path, folder: Path, project: str) -> "Trained":
    """On the worker: train, and tell the client how far it is, at most 10 times a second."""
    import os
    import time

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


@stage("register")
def register(client: "Client", settings: params.Params, trained: "Trained", folder: Path, dvc_stage: str) -> "Version":
    """Log the run and make the bundle a version of the registered model, alias `candidate`."""
    from tasks.registry import uri

    address = uri(settings.tracking, Path.cwd())
    version: Version = client.submit(
        _register, settings, trained, folder.resolve(), dvc_stage, address, pure=False
    ).result()
    return version


def _register(settings: params.Params, trained: "Trained", folder: Path, dvc_stage: str, address: str) -> "Version":
    """On the worker: it has TensorFlow loaded, which MLflow needs to keep a Keras model."""
    from tasks import quiet
    from tasks.registry import Registry

    with quiet.native_output():
        return Registry(settings.tracking, address).register(settings, trained, folder, dvc_stage)


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """Write one CSV row per epoch."""
    with files.replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
