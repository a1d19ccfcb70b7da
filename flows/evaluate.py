"""evaluate: a model bundle and a prepared split in, metrics out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from prefect import flow

from flows import cluster, places, progress
from flows.stage import stage
from tasks import dataset, files, params
from tasks import evaluate as judge

if TYPE_CHECKING:
    from distributed import Client


@flow(name="evaluate", validate_parameters=False)
def evaluate(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    model: str = str(places.MODEL),
    data: str = str(places.PREPARED),
    out: str = str(places.EVALUATION),
    registered: str | None = str(places.REGISTERED),
) -> dict[str, Any]:
    """Judge the bundle ``model`` on `evaluate.split` of the prepared folder ``data``; return the metrics.

    Writes metrics.json, predictions.csv and confusion.png to ``out``.

    Args:
        registered: the file in which training left its MLflow run, to which the metrics are added; None: no run.
    """
    from tasks import bundle

    settings = params.load(Path(params_file), tuple(overrides))
    split = dataset.load(Path(data), settings.evaluate.split)
    folder = bundle.locate(model)
    bundle.check_data(bundle.read_card(folder), split.normalise)
    with cluster.client(settings.cluster) as client:
        metrics, probabilities = judged(client, folder, split, settings)
    target = Path(out)
    judge.write(target, metrics, split.keys, split.labels, probabilities)
    if registered is not None:
        log(settings, files.read_json(Path(registered))["run_id"], metrics, target)
    return metrics


@stage("judge")
def judged(
    client: "Client", folder: Path, split: dataset.Split, settings: params.Params
) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
    """Predict ``split`` in pieces on the workers; return (metrics, probabilities (n, 7)).

    Raises:
        SourceError: its faces were normalised otherwise than the model in ``folder`` takes them.
    """
    from tasks import bundle

    starts = range(0, len(split.labels), settings.evaluate.batch_size)
    card = bundle.read_card(folder)
    bundle.check_data(card, split.normalise)
    probabilities = np.zeros((len(split.labels), len(card.labels)), np.float32)
    with progress.bar("evaluate", len(split.labels), client.dashboard_link) as advance:
        done = 0
        pieces = ((start, split.images[start : start + settings.evaluate.batch_size]) for start in starts)
        for (start, images), found in cluster.spread(client, _predict, pieces, folder.resolve(), card.digest):
            probabilities[start : start + len(images)] = found
            done += len(images)
            advance(done)
    metrics = judge.measure(probabilities, split.labels)
    metrics |= {"split": split.name, "data_digest": split.digest, "model_digest": card.digest}
    return metrics, probabilities


def _predict(piece: tuple[int, npt.NDArray[np.uint8]], folder: Path, digest: str) -> npt.NDArray[np.float32]:
    from tasks.classify import loaded

    return loaded(folder, digest).predict(piece[1])


@stage("log-evaluation")
def log(settings: params.Params, run_id: str, metrics: dict[str, Any], folder: Path) -> None:
    """Add the metrics and their pictures to the training's run."""
    from tasks.registry import Registry, uri

    Registry(settings.tracking, uri(settings.tracking, Path.cwd())).log_evaluation(run_id, metrics, folder)
