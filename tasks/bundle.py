"""A model bundle: the folder that a model is kept, registered and loaded as.

model.keras    the trained network
model.tflite   the same network for LiteRT, which evaluation and scoring run
model.json     what it is and where it comes from (the fields of Card)
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from tasks import files
from tasks.errors import UsageError

KERAS, LITERT, CARD = "model.keras", "model.tflite", "model.json"


@dataclass(frozen=True)
class Card:
    """What stands in model.json."""

    architecture: str
    labels: list[str]
    digest: str  # sha256 of model.tflite: names the network in every result
    temperature: float  # logits are divided by it; fitted on the validation split
    synthetic: bool  # trained on drawn faces: not for real media
    source: str  # kind of the training data
    data_digest: str
    split_digests: dict[str, str]
    git_revision: str | None
    trained_with: dict[str, str]  # package -> version
    validation_accuracy: float
    parity: float  # largest difference of a probability between model.keras and model.tflite


def write_card(folder: Path, card: Card) -> None:
    """Write ``folder``/model.json."""
    files.write_json(folder / CARD, dataclasses.asdict(card))


def read_card(folder: Path) -> Card:
    """Read ``folder``/model.json.

    Raises:
        UsageError: no bundle there, or one that another version wrote.
    """
    try:
        return Card(**files.read_json(folder / CARD))
    except FileNotFoundError:
        raise UsageError(
            f"model: no {CARD} in '{folder}'. Give a folder that `fermata train` wrote, or models:/NAME@ALIAS"
        ) from None
    except (TypeError, ValueError) as error:
        raise UsageError(f"model: '{folder / CARD}' is not of this version: {error}") from None


def locate(path: str) -> Path:
    """The bundle's folder for a path to it or to one of its files.

    Raises:
        UsageError: nothing there.
    """
    place = Path(path)
    folder = place.parent if place.name in (KERAS, LITERT, CARD) else place
    if not folder.is_dir():
        raise UsageError(
            f"model: no such folder: '{path}'. Give a folder that `fermata train` wrote, or models:/NAME@ALIAS"
        )
    return folder
