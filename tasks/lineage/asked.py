"""What a lineage is asked of: a label, a file's labels, a whole run, a model, or an experiment of DVC's."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tasks import bundle
from tasks.errors import UsageError
from tasks.score import folder

_PLACE: Final = re.compile(r"(?P<source>.+?)(?:#(?P<frame>\d+)(?:/(?P<face>\d+))?)?", re.DOTALL)
_VERSION: Final = re.compile(r"(?P<name>\S+) v(?P<number>\d+)")


@dataclass(frozen=True)
class Labels:
    """Labels of the run in ``out``: all, those of a file, of a frame, or one."""

    out: Path
    source: str | None = None
    frame: int | None = None
    face: int | None = None


@dataclass(frozen=True)
class Registered:
    """A version in the registry: models:/NAME@ALIAS or models:/NAME/NUMBER."""

    uri: str


@dataclass(frozen=True)
class Bundle:
    """A model in a folder."""

    folder: Path


@dataclass(frozen=True)
class Named:
    """An experiment of DVC's by its name, or an MLflow run by its id."""

    name: str


Asked = Labels | Registered | Bundle | Named


def read(text: str) -> Asked:
    """Read OUT, OUT:SOURCE, OUT:SOURCE#FRAME, OUT:SOURCE#FRAME/FACE, a model, an experiment or a run.

    A SOURCE is as it stands in the column `source`, with `::MEMBER` behind it for one of an archive. The folder OUT and
    the source may hold colons and hashes: what is there decides.

    Raises:
        UsageError: a path of nothing.
    """
    if text.startswith("models:/"):
        return Registered(text)
    if found := _VERSION.fullmatch(text):  # as it stands in `model_version`
        return Registered(f"models:/{found['name']}/{found['number']}")
    for at in [len(text), *(at for at, letter in enumerate(text) if letter == ":")]:
        out, rest = Path(text[:at]), text[at + 1 :]
        if text[:at] and (out / folder.RUN).is_file():
            return _labels(out, rest)
    if (Path(text) / bundle.CARD).is_file() or Path(text).name in (bundle.KERAS, bundle.LITERT, bundle.CARD):
        return Bundle(bundle.locate(text))
    if "/" in text or ":" in text or Path(text).exists():
        raise UsageError(
            f"lineage: '{text}' is neither a scored folder (OUT, OUT:SOURCE or OUT:SOURCE#FRAME/FACE), nor a model, "
            "nor an experiment of DVC's"
        )
    return Named(text)


def _labels(out: Path, rest: str) -> Labels:
    found = _PLACE.fullmatch(rest) if rest else None
    if found is None:
        return Labels(out)
    frame, face = (int(found[name]) if found[name] else None for name in ("frame", "face"))
    return Labels(out, found["source"], frame, face)
