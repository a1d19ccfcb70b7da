"""Where a model is: a bundle in a folder, or a version of the registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tasks import bundle
from tasks.params import Params, Score
from tasks.registry_address import is_new, uri

REFERENCE: Final = Path("models/reference")  # where the model that comes with Fermata lies, in a project
SHIPPED: Final = Path(__file__).parents[1] / REFERENCE  # and beside the code, for those who work elsewhere


@dataclass(frozen=True)
class Model:
    """The model of a run, wherever it came from."""

    uri: str
    folder: Path
    card: bundle.Card
    name: str
    version: str | None
    run_id: str | None

    @property
    def label(self) -> str:
        """What stands in `faces.model_version`."""
        return f"{self.name} v{self.version}" if self.version else f"{self.name} {self.card.digest[:12]}"


def find(settings: Params, home: Path, cache: Path, shipped: Path = SHIPPED) -> Model:
    """The bundle behind `score.model`: a folder, or a version of the registry.

    While the registry has no champion, the model that comes with Fermata stands for it.

    Args:
        home: the project's folder, where the registry is unless params say otherwise.
        cache: folder for bundles that are fetched.
        shipped: the model that comes with Fermata, where ``home`` has none.

    Raises:
        UsageError, RegistryError: there is none.
    """
    asked = settings.score.model
    if not asked.startswith("models:/"):
        place = bundle.locate(asked)
        card = bundle.read_card(place)
        return Model(asked, place.resolve(), card, card.architecture, None, None)
    address = uri(settings.tracking, home)
    stand_in = next((place for place in (home / REFERENCE, shipped) if place.is_dir()), None)
    if asked != Score().model:
        stand_in = None
    if stand_in is not None and is_new(address):
        return _shipped(asked, stand_in)
    from tasks.registry import CHAMPION, Registry

    registry = Registry(settings.tracking, address)
    if stand_in is not None and registry.find(CHAMPION) is None:
        return _shipped(asked, stand_in)
    version = registry.resolve(asked)
    place = registry.fetch(version, cache)
    return Model(asked, place.resolve(), bundle.read_card(place), version.name, version.number, version.run_id)


def _shipped(asked: str, place: Path) -> Model:
    return Model(asked, place.resolve(), bundle.read_card(place), "reference", None, None)
