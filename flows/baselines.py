"""baselines: what simpler systems reach on a prepared split, beside a network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows import places
from flows.stage import stage
from tasks import baselines as simple
from tasks import bundle, dataset, params
from tasks.dataset import Split


@flow(name="baselines", validate_parameters=False)
def baselines(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    data: str = str(places.PREPARED),
    model: str = "",
    layer: str = "",
) -> dict[str, dict[str, Any]]:
    """Fit baselines to `train.split` of ``data`` and judge them on `evaluate.split`; name -> figures.

    Args:
        model: a bundle; with it a linear probe on its embeddings and the network itself are judged too.
        layer: of the network, for the probe.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    training = dataset.load(Path(data), settings.train.split, augmented=False)
    judged = dataset.load(Path(data), settings.evaluate.split)
    result = plain(training, judged)
    if model:
        result |= probed(bundle.locate(model), layer, training, judged)
    return result


@stage("plain")
def plain(training: Split, judged: Split) -> dict[str, dict[str, Any]]:
    """What needs no network."""
    guessed = simple.most_frequent(training.labels, len(judged.labels))
    found = simple.linear_svm(simple.hog(training.images), training.labels, simple.hog(judged.images))
    return {
        "most frequent emotion": simple.figures(judged.labels, guessed),
        "HOG + linear SVM": simple.figures(judged.labels, found),
    }


@stage("probe")
def probed(folder: Path, layer: str, training: Split, judged: Split) -> dict[str, dict[str, Any]]:
    """A linear probe on the embeddings of the bundle in ``folder``, and its network."""
    from tasks.classify import Classifier
    from tasks.features.embed import load

    network = Classifier(folder)
    named = len(network.card.labels)
    for split in (training, judged):
        bundle.check_data(network.card, split.normalise)
    embedder = load(folder, layer)
    found = simple.linear_probe(embedder.embed(training.images), training.labels, embedder.embed(judged.images))
    return {
        f"linear probe on {embedder.layer}": simple.figures(judged.labels, found),
        network.card.architecture: simple.figures(judged.labels, network.raw(judged.images)[:, :named].argmax(axis=1)),
    }
