"""The model that is judged, and whether it can be."""

from pathlib import Path
from typing import NamedTuple

from tasks import bundle, locate
from tasks.errors import UsageError
from tasks.params import Params
from tasks.schema import EMOTIONS


class Model(NamedTuple):
    """A bundle's folder and its card."""

    folder: Path
    card: bundle.Card


def find(settings: Params, asked: str, home: Path, cache: Path) -> Model:
    """The bundle that ``asked`` names: its folder, one of its files, or a version of the registry.

    Args:
        home: the project's folder, where the registry is unless params say otherwise.
        cache: folder for bundles that are fetched.

    Raises:
        UsageError, RegistryError: there is none, it is no bundle, or it answers other labels than Fermata's.
    """
    place = Path(asked)
    if place.is_file() and place.name not in (bundle.KERAS, bundle.LITERT, bundle.CARD):
        raise UsageError(
            f"model: '{asked}' is no model of Fermata. Give a folder that `fermata train` wrote, one of its files, or "
            "models:/NAME@ALIAS"
        )
    named = settings.score.model_copy(update={"model": asked})
    found = locate.find(settings.model_copy(update={"score": named}), home, cache)
    if tuple(found.card.labels) != EMOTIONS:
        raise UsageError(
            f"model: '{asked}' answers {', '.join(found.card.labels)}, the data's labels are {', '.join(EMOTIONS)}: "
            "train it on these, in this order"
        )
    return Model(found.folder, found.card)
