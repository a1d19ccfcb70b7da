"""Under which prior a model is judged."""

from typing import Any, NamedTuple

from tasks import interpret, prior
from tasks.bundle import Card
from tasks.evaluation.answers import Probabilities
from tasks.quality import Features


class Chosen(NamedTuple):
    """A prior: its name, its shares (None: the model's own), and of an estimate the ends of its 95 % intervals."""

    name: str
    shares: prior.Shares | None
    interval: tuple[prior.Shares, prior.Shares] | None = None


def choose(raw: Probabilities, card: Card, wanted: prior.Prior, features: Features | None = None) -> Chosen:
    """The prior that ``wanted`` stands for; ``estimate`` is made of the answers themselves.

    Args:
        raw: (n, 7 + r) answers about the faces that are judged.
        features: (n, 6) of the faces' quality; None: not known.

    Raises:
        ParamsError: as `prior.shares`.
    """
    found = prior.shares(wanted, card.prior)
    name = prior.name(wanted)
    if found is None:
        return Chosen("trained", None)
    if name != "estimate":
        return Chosen(name, found)
    estimated = prior.estimate(interpret.emotions(raw, card, found, features), found, card.temperature)
    return Chosen(name, estimated.shares, (estimated.low, estimated.high))


def told(chosen: Chosen, wanted: prior.Prior, card: Card) -> dict[str, Any]:
    """As metrics.json has it.

    Returns:
        `asked` and `name`, which differ where a model doesn't say its own prior and keeps it; `shares`, None where they
        aren't known; `interval` (emotion -> [low, high]) of an estimate, else None.
    """
    own = card.prior if chosen.shares is None else prior.mapping(chosen.shares)
    return {"asked": prior.name(wanted), **prior.told(chosen.name, own, chosen.interval)}
