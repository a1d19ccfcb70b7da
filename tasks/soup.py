"""Networks of one shape as one: the even average of their weights.

Source: Wortsman et al., Model soups, ICML 2022. It helps where they went on from one training: their losses lie in one
valley. Networks that learnt apart have nothing in common, and their average knows nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tasks import bundle, engines, export, prior, quiet, trained_on
from tasks.classify import channels
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.evaluation import truth
from tasks.finish import finish
from tasks.provenance import git_revision
from tasks.schema import EMOTIONS


def average(models: Sequence[Path], target: Path, judged: Split) -> bundle.Card:
    """Write the average of the bundles ``models`` to ``target`` in float32; return its card.

    Offsets of logits are averaged with them, and so are the priors, by their logarithms. A temperature by quality is
    left out: it was fitted to another network. It counts as trained on all that they were, and on ``judged``.

    Args:
        models: bundles, two or more.
        judged: split on which its temperature is fitted and its accuracy is measured; of networks that learnt votes by
            the majority of its votes, where it has some, under everyday shares.

    Raises:
        UsageError: fewer than two models, ``target`` is one of them, or they are networks of different kinds.
        SourceError: the split was normalised otherwise than they take their faces.
    """
    if len(models) < 2:
        raise UsageError(f"models average: two models or more. Received: {len(models)}")
    if target.resolve() in {model.resolve() for model in models}:
        raise UsageError(f"--out: '{target}' is one of the models. Name another folder")
    cards = [bundle.read_card(model) for model in models]
    for model, card in zip(models[1:], cards[1:], strict=True):
        _check(models[0], cards[0], model, card)
    bundle.check_data(cards[0], judged.normalise)
    judged_by = truth.judged(judged, truth.named("auto", cards[0], judged.votes))
    with bundle.replacing(target) as folder:
        with quiet.native_output():
            network = _averaged(models, [engines.network(model) for model in models])
            export.write(network, folder)
            expected = network.predict(channels(judged_by.images[:256]), verbose=0)
        card = replace(_joined(models, cards, folder, judged), digest=export.digest(folder))
        shares = prior.shares("everyday" if card.truth == "votes" else "trained", card.prior)
        card, accuracy = finish(folder, card, expected, judged_by.images, judged_by.labels, shares)
        card = replace(card, validation_accuracy=accuracy)
        bundle.write_card(folder, card)
    return card


def _check(first: Path, one: bundle.Card, other: Path, card: bundle.Card) -> None:
    for name in ("architecture", "labels", "head", "rejects", "truth", "normalise"):
        if getattr(one, name) != getattr(card, name):
            raise UsageError(
                f"models average: '{other}' has {name} {getattr(card, name)}, '{first}' {getattr(one, name)}. "
                "Average networks that went on from one training"
            )


def _averaged(models: Sequence[Path], networks: Sequence[Any]) -> Any:
    """The first of ``networks``, with the average of all their weights."""
    weights = [network.get_weights() for network in networks]
    for model, found in zip(models, weights, strict=True):
        if [one.shape for one in found] != [one.shape for one in weights[0]]:
            raise UsageError(f"models average: '{model}' has layers of other sizes than '{models[0]}'")
    networks[0].set_weights([np.mean(parts, axis=0, dtype=np.float64) for parts in zip(*weights, strict=True)])
    return networks[0]


def _joined(models: Sequence[Path], cards: Sequence[bundle.Card], folder: Path, judged: Split) -> bundle.Card:
    """The first card, with what the others say of where the network comes from."""
    seen = [trained_on.read(model, card) for model, card in zip(models, cards, strict=True)]
    hashes = [one.hashes for one in seen if one] + [trained_on.prefixes(trained_on.hashed(judged.images))]
    unknown = [name for one in seen if one for name in one.unknown]
    unknown += [str(model) for model, one in zip(models, seen, strict=True) if one is None]
    known = trained_on.Seen(np.unique(np.concatenate(hashes)), tuple(dict.fromkeys(unknown)))
    offsets = {emotion: float(np.mean([card.offsets.get(emotion, 0.0) for card in cards])) for emotion in EMOTIONS}
    priors = [card.prior for card in cards if card.prior is not None]
    return replace(
        cards[0],
        temperature=1.0,
        prior=_mean(priors) if len(priors) == len(cards) else None,
        quality=None,
        precision="float32",
        git_revision=git_revision(),
        synthetic=any(card.synthetic for card in cards),
        teachers=list(dict.fromkeys(teacher for card in cards for teacher in card.teachers)),
        offsets=offsets if any(offsets.values()) else {},
        trained_on=trained_on.write(folder, known),
        learnt_from_unknown=list(known.unknown),
        parity_accuracy=None,
        latency_ms=None,
        faces_per_second=None,
    )


def _mean(priors: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Shares in between: logits are averaged, as far as networks of one valley are straight, so logarithms are."""
    return prior.mapping(prior.floor(np.exp(np.mean([np.log(prior.vector(one)) for one in priors], axis=0))))
