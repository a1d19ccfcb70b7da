"""ensemble: bundles in, the weights with which their probabilities are averaged out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from prefect import flow

from flows import cluster, places
from flows.evaluate import judged
from flows.stage import stage
from tasks import bundle, dataset, ensemble, files, params
from tasks import evaluate as judge
from tasks.errors import UsageError
from tasks.evaluation import models as known
from tasks.evaluation import truth

if TYPE_CHECKING:
    from distributed import Client

FIGURES = ("accuracy", "macro_f1", "nll", "ece")
Stack = npt.NDArray[np.float32]


@flow(name="ensemble", validate_parameters=False)
def choose(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    models: Sequence[str] = (),
    data: str = str(places.PREPARED),
    split: str = "validation",
    out: str = "out/ensemble.json",
) -> dict[str, Any]:
    """Weigh ``models`` on ``split`` of ``data`` and judge them on `evaluate.split`; return and write what was found.

    Args:
        models: bundles, or models:/NAME@ALIAS.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    check(settings, models, split)
    found = [known.find(settings, model, Path.cwd(), places.FETCHED) for model in models]
    chosen_on, judged_on = (
        true(dataset.load(Path(data), name, augmented=False), [one.card for one in found], settings)
        for name in (split, settings.evaluate.split)
    )
    with cluster.client(settings.cluster) as client:
        first = answers(client, [one.folder for one in found], chosen_on, settings)
        second = answers(client, [one.folder for one in found], judged_on, settings)
    weights = ensemble.choose(first, chosen_on.labels)
    result = summarise(list(models), weights, [(first, chosen_on), (second, judged_on)])
    for row, one in zip(result["members"], found, strict=True):
        row |= {"digest": one.card.digest, "architecture": one.card.architecture}
    files.write_json(Path(out), result)
    return result


def check(settings: params.Params, models: Sequence[str], split: str) -> None:
    """Refuse what gives no honest figures.

    Raises:
        UsageError: too few models, or a split that says nothing about faces that no member has seen.
    """
    if len(set(models)) < 2 or len(set(models)) < len(models):
        raise UsageError(f"ensemble: two or more models, each once. Received: {', '.join(models) or 'none'}")
    if split in (settings.evaluate.split, settings.train.split):
        why = "judged" if split == settings.evaluate.split else "trained"
        raise UsageError(
            f"--split: members are {why} on '{split}', so they can't be chosen on it. Choose on another, such as "
            f"'{settings.train.validation}'"
        )


def true(split: dataset.Split, cards: Sequence[bundle.Card], settings: params.Params) -> dataset.Split:
    """``split`` by the truth of `evaluate.truth`; auto is votes where all members learnt them, and there are some."""
    names = {truth.named(settings.evaluate.truth, card, split.votes) for card in cards}
    return truth.judged(split, "votes" if names == {"votes"} else "labels")


@stage("judge-members")
def answers(client: "Client", folders: Sequence[Path], split: dataset.Split, settings: params.Params) -> Stack:
    """(m, n, 7) calibrated probabilities of m models for the n faces of ``split``."""
    return np.stack([judged(client, folder, split, settings)[1] for folder in folders])


def summarise(
    models: list[str], weights: npt.NDArray[np.float64], seen: Sequence[tuple[Stack, dataset.Split]]
) -> dict[str, Any]:
    """Figures of each member and of the ensemble.

    Args:
        seen: members' probabilities and the split they are of: first the one that was chosen on, then the judged one.
    """
    (first, chosen_on), (second, judged_on) = seen
    return {
        "chosen_on": chosen_on.name,
        "judged_on": judged_on.name,
        "data_digests": {split.name: split.digest for _, split in seen},
        "members": [
            {
                "model": model,
                "weight": float(weight),
                chosen_on.name: _figures(first[at], chosen_on),
                judged_on.name: _figures(second[at], judged_on),
            }
            for at, (model, weight) in enumerate(zip(models, weights, strict=True))
        ],
        "ensemble": {split.name: _figures(ensemble.average(found, weights), split) for found, split in seen},
        "teachers": [model for model, weight in zip(models, weights, strict=True) if weight > 0],
    }


def _figures(probabilities: npt.NDArray[np.float32], split: dataset.Split) -> dict[str, float]:
    metrics = judge.measure(probabilities, split.labels)
    return {name: metrics[name] for name in FIGURES}
