"""evaluate: a model and labelled faces in, metrics out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from prefect import flow

from flows import cluster, judging, places
from flows.stage import stage
from tasks import bundle, dataset, files, interpret, params
from tasks import evaluate as judge
from tasks.evaluation import mistakes, models, outputs, posterior, ranking, raw, result, shares, sniff, verdict
from tasks.schema import EMOTIONS

if TYPE_CHECKING:
    from distributed import Client

Answered = tuple[Path, bundle.Card, judging.Judged]  # the bundle's folder, its card, and what was answered


@flow(name="evaluate", validate_parameters=False)
def evaluate(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    model: str = str(places.MODEL),
    source: str = str(places.PREPARED),
    split: str | None = None,
    out: str = str(places.EVALUATION),
    registered: str | None = str(places.REGISTERED),
) -> dict[str, Any]:
    """Judge ``model`` on one split of ``source``; return the metrics.

    Writes to ``out`` what ``tasks.evaluation`` describes.

    Args:
        model: a bundle's folder, one of its files, or models:/NAME@ALIAS.
        source: a prepared folder, or a raw data set of any kind: told by what is there, unless ``overrides`` set
            `data.source`.
        split: Fermata's word or the data set's own; None: the only one there is, or `evaluate.split`.
        registered: the file in which training left its MLflow run, to which the metrics are added; None: no run.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    folder, card = models.find(settings, model, Path.cwd(), places.FETCHED)
    kind = _kind(settings, overrides, source)
    with cluster.client(settings.cluster) as client:
        task = judging.task(settings, folder, card)
        judged = _judged(client, settings, kind, source, split, task)
        reached = verdict.reach(judged.answers, card, settings.evaluate)
        training = Path(source) if kind == sniff.PREPARED else places.PREPARED
        trained = judging.of_training(client, training, settings, card, task)
        wrong = mistakes.worst(reached, settings.evaluate.mistakes)
        faces = judged.pictures([one.key for one in wrong])
    gap = None if trained is None else verdict.gap(trained, reached)
    return finish(settings, judged, reached, gap, wrong, faces, Path(out), registered)


def answers(settings: params.Params, overrides: Sequence[str], model: str, source: str, split: str | None) -> Answered:
    """What ``model`` says of one split of ``source``, and nothing more; arguments as of ``evaluate``."""
    folder, card = models.find(settings, model, Path.cwd(), places.FETCHED)
    kind = _kind(settings, overrides, source)
    with cluster.client(settings.cluster) as client:
        return folder, card, _judged(client, settings, kind, source, split, judging.task(settings, folder, card))


def _kind(settings: params.Params, overrides: Sequence[str], source: str) -> str:
    forced = any(one.partition("=")[0].strip() == "data.source" for one in overrides)
    return settings.data.source if forced else sniff.sniff(source)


def _judged(
    client: "Client", settings: params.Params, kind: str, source: str, split: str | None, task: raw.Task
) -> judging.Judged:
    if kind == sniff.PREPARED:
        return judging.of_prepared(client, Path(source), split, settings, task)
    return judging.of_raw(client, sniff.data(settings.data, kind, source), split, settings, task)


@stage("finish")
def finish(
    settings: params.Params,
    judged: judging.Judged,
    reached: verdict.Verdict,
    gap: verdict.Gap | None,
    wrong: Sequence[mistakes.Mistake],
    faces: Mapping[str, npt.NDArray[np.uint8]],
    out: Path,
    registered: str | None,
) -> dict[str, Any]:
    """Add everything up, write it, and log it where there is a run."""
    below = settings.score.abstain_below
    metrics = result.metrics(reached, settings.evaluate, judged.split, judged.digest, gap, below)
    votes = judged.answers.votes
    if votes is not None and reached.card.head == "sigmoid":
        scores = judged.answers.raw[:, : len(EMOTIONS)]
        metrics["multi_label"] = ranking.voted(scores, votes, settings.train.loss.positive, EMOTIONS)
    outputs.write(out, metrics, reached, wrong, faces)
    if registered is not None:
        log(settings, files.read_json(Path(registered))["run_id"], metrics, out)
    return metrics


@stage("judge")
def judged(
    client: "Client", folder: Path, split: dataset.Split, settings: params.Params
) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
    """Figures of the model in ``folder`` on ``split``, and its calibrated probabilities (n, 7).

    Of images alone, as scoring sees them: promotion must not be won by views that scoring does not take. The labels of
    ``split`` are the truth; the prior is that of `evaluate.prior`.

    Raises:
        SourceError: its faces were normalised otherwise than the model takes them.
        ParamsError: a prior that can't be applied to this model.
    """
    card = bundle.read_card(folder)
    plain = settings.model_copy(update={"evaluate": judging.alone(settings.evaluate)})
    found = judging.spread_faces(client, split, judging.task(plain, folder, card))
    features = posterior.features(found)
    prior = shares.choose(found.raw, card, settings.evaluate.prior, features)
    probabilities = interpret.emotions(found.raw, card, prior.shares, features)
    metrics = judge.measure(probabilities, split.labels)
    metrics |= {"split": split.name, "data_digest": split.digest, "model_digest": card.digest}
    return metrics, probabilities


@stage("log-evaluation")
def log(settings: params.Params, run_id: str, metrics: dict[str, Any], folder: Path) -> None:
    """Add the metrics and their pictures to the training's run."""
    from tasks.registry import Registry
    from tasks.registry_address import uri

    Registry(settings.tracking, uri(settings.tracking, Path.cwd())).log_evaluation(run_id, metrics, folder)
