"""A model bundle: the folder that a model is kept, registered and loaded as.

model.keras    the trained network
model.tflite   the same network for LiteRT, which evaluation and scoring run
model.json     what it is and where it comes from (`version` and the fields of Card)
trained_on.npy hashes of the images that it was trained on (`trained_on`); not in bundles from elsewhere
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tasks import files
from tasks.errors import SourceError, UsageError
from tasks.params import Normalise

KERAS, LITERT, CARD = "model.keras", "model.tflite", "model.json"
VERSION: Final = "5"  # of model.json; 2: `normalise`; 3: `head` and all after it; 4: `trained_on`; 5: `prior`
READ: Final = ("2", "3", "4", VERSION)


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
    normalise: dict[str, Any]  # params.Normalise of the training data: what every face is made into
    head: str = "softmax"  # or sigmoid: one score per emotion, each 0..1
    precision: str = "float32"  # of model.tflite: float32, float16 or int8
    parity_accuracy: float | None = None  # accuracy of model.tflite less that of model.keras; None: not measured
    latency_ms: float | None = None  # of model.tflite for one face on one thread, median; None: not measured
    faces_per_second: float | None = None  # of model.tflite in batches on one thread; None: not measured
    offsets: dict[str, float] = field(default_factory=dict)  # emotion -> added to its logit after training
    teachers: list[str] = field(default_factory=list)  # digests or addresses of the networks that it was distilled from
    trained_on: str | None = None  # sha256 of trained_on.npy; None: not known what it was trained on
    learnt_from_unknown: list[str] = field(default_factory=list)  # networks it learnt from whose images aren't known

    prior: dict[str, float] | None = None  # emotion -> class share that its answers are under; None: not known
    rejects: list[str] = field(default_factory=list)  # what it answers behind the labels, of schema.REJECTS
    truth: str = "labels"  # what it learnt: the data set's labels, or people's votes
    quality: dict[str, Any] | None = None  # `quality.Fitted`: temperature by a face's quality; None: one for all

    @property
    def spec(self) -> Normalise:
        """What every face is made into."""
        return Normalise.model_validate(self.normalise)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder; move what is in it into ``folder`` on success, and nothing on failure.

    The card comes last, and names the network by its digest: whoever is stopped between leaves no bundle that
    lies. Other files of ``folder`` stay.
    """
    folder = folder.resolve()  # a link may lead to another file system, into which nothing can be renamed
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Inside a folder that is there: it may be a mount point, and what is beside it another file system.
    beside = folder if folder.is_dir() else folder.parent
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=beside))
    try:
        yield making
        folder.mkdir(exist_ok=True)
        for path in sorted(making.iterdir(), key=lambda path: path.name == CARD):
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_card(folder: Path, card: Card) -> None:
    """Write ``folder``/model.json."""
    files.write_json(folder / CARD, {"version": VERSION, **dataclasses.asdict(card)})


def read_card(folder: Path) -> Card:
    """Read ``folder``/model.json.

    Raises:
        UsageError: no bundle there, or one that another version wrote.
    """
    try:
        found = files.read_json(folder / CARD)
        version = found.pop("version", None) if isinstance(found, dict) else None
        if version not in READ:
            raise ValueError(f"version {version!r}, this Fermata reads {', '.join(map(repr, READ))}")
        card = Card(**found)
        Normalise.model_validate(card.normalise)
    except FileNotFoundError:
        raise UsageError(
            f"model: no {CARD} in '{folder}'. Give a folder that `fermata train` wrote, or models:/NAME@ALIAS"
        ) from None
    except (TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise UsageError(f"model: '{folder / CARD}' is not of this version: {said}. Train it again") from None
    return card


def check_data(card: Card, data: Normalise) -> None:
    """Make sure that faces were prepared as the model takes them.

    Raises:
        SourceError: they were not, naming each difference.
    """
    if differences := apart(card.spec, data):
        raise SourceError(
            f"data: its faces were normalised otherwise than the model takes them ({differences}). "
            "Prepare it with the model's prepare.normalise, or train on it"
        )


def apart(wanted: Normalise, data: Normalise) -> str:
    """How faces that were normalised as ``data`` says differ from what is ``wanted``; empty where they don't."""
    taken, given = _effective(wanted), _effective(data)
    return ", ".join(
        f"{name} {given[name]!r} and not {value!r}" for name, value in taken.items() if given.get(name, value) != value
    )


def _effective(wanted: Normalise) -> dict[str, Any]:
    """``wanted`` without what has no effect: a margin is that of an aligned crop."""
    return wanted.model_dump(exclude={"margin"} if wanted.align == "none" else None)


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
