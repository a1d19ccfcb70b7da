"""Trainings that are done and not in the registry yet: what is needed to register them later, each in a folder.

A training takes hours and the store may be away when it ends. So it is kept here first, and taken away when it is
registered; the same training, asked for again, is then registered and not trained once more.

KEY/bundle/          the bundle
KEY/training.json    parameters, history and origin; written last: without it the folder is not whole
"""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tasks import bundle, files
from tasks.errors import UsageError
from tasks.params import Params, parse

if TYPE_CHECKING:
    from tasks.train import Trained

BUNDLE, TRAINING = "bundle", "training.json"
_VERSION: Final = "1"


@dataclass(frozen=True)
class Kept:
    """One training.

    Attributes:
        token: by which the store knows the run that an earlier try left.
        origin: of tasks.origin.
    """

    place: Path
    token: str
    params: Params
    trained: "Trained"
    stage: str
    origin: dict[str, Any] | None

    @property
    def folder(self) -> Path:
        """Its bundle."""
        return self.place / BUNDLE


def keep(
    place: Path, params: Params, trained: "Trained", folder: Path, stage: str, origin: dict[str, Any] | None
) -> Kept:
    """Move the bundle ``folder`` to ``place``, with all that registering needs."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    folder.rename(place / BUNDLE)
    told = {
        "version": _VERSION,
        "token": uuid.uuid4().hex,
        "params": params.model_dump(mode="json"),
        "history": trained.history,
        "precision": trained.precision,
        "class_weights": trained.class_weights,
        "stage": stage,
        "origin": origin,
    }
    files.write_json(place / TRAINING, told)
    return Kept(place, str(told["token"]), params, trained, stage, origin)


def read(place: Path) -> Kept:
    """The training in ``place``.

    Raises:
        UsageError: none there, or not a whole one.
    """
    from tasks.train import Trained

    try:
        told = files.read_json(place / TRAINING)
        if told.pop("version") != _VERSION:
            raise ValueError("it is of another version of Fermata")
        card = bundle.read_card(place / BUNDLE)
        trained = Trained(told["history"], card, told["precision"], told["class_weights"])
        return Kept(place, told["token"], parse(told["params"]), trained, told["stage"], told["origin"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"'{place}': no training that waits to be registered ({error}). See: fermata models register"
        ) from None


def waiting(folder: Path) -> list[Path]:
    """The trainings in ``folder``, oldest first."""
    found = [path.parent for path in folder.glob(f"*/{TRAINING}")]
    return sorted(found, key=lambda place: (place / TRAINING).stat().st_mtime)


def drop(kept: Kept) -> None:
    """Forget a training that is registered."""
    (kept.place / TRAINING).unlink(missing_ok=True)
    shutil.rmtree(kept.place, ignore_errors=True)
