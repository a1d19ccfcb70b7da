"""Where a model is: a bundle in a folder, or a version of the registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tasks import bundle
from tasks.params import Params, Score

REFERENCE: Final = Path("models/reference")  # where a model that comes with Fermata would lie


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


def find(settings: Params, home: Path, cache: Path) -> Model:
    """The bundle behind `score.model`: a folder, or a version of the registry.

    While the registry has no champion, the model that comes with Fermata stands for it.

    Args:
        home: the project's folder, where the registry is unless params say otherwise.
        cache: folder for bundles that are fetched.

    Raises:
        UsageError, RegistryError: there is none.
    """
    asked = settings.score.model
    if not asked.startswith("models:/"):
        place = bundle.locate(asked)
        card = bundle.read_card(place)
        return Model(asked, place.resolve(), card, card.architecture, None, None)
    from tasks.registry import CHAMPION, Registry, uri

    registry = Registry(settings.tracking, uri(settings.tracking, home))
    if asked == Score().model and (home / REFERENCE).is_dir() and registry.find(CHAMPION) is None:
        place = home / REFERENCE
        return Model(asked, place.resolve(), bundle.read_card(place), "reference", None, None)
    version = registry.resolve(asked)
    place = registry.fetch(version, cache)
    return Model(asked, place.resolve(), bundle.read_card(place), version.name, version.number, version.run_id)
