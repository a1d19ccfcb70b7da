"""What the names of files say: ``<split>/<class>/<file>`` as Kaggle has it, and the forms found in the wild."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from tasks.errors import SourceError
from tasks.schema import EMOTIONS

ALIASES: Final = {
    "angry": "angry", "anger": "angry",
    "disgust": "disgust", "disgusted": "disgust",
    "fear": "fear", "fearful": "fear", "afraid": "fear", "scared": "fear",
    "happy": "happy", "happiness": "happy", "joy": "happy",
    "neutral": "neutral", "neutrality": "neutral",
    "sad": "sad", "sadness": "sad",
    "surprise": "surprise", "surprised": "surprise",
}  # fmt: skip
SPLITS: Final = {
    "train": "training", "training": "training", "val": "validation", "valid": "validation",
    "validation": "validation", "publictest": "public", "public": "public", "privatetest": "private",
    "private": "private", "test": "test", "testing": "test", "dev": "dev", "eval": "eval",
}  # fmt: skip
# FER-2013's own file names say more than the folders that it was repacked into.
PREFIXES: Final = {"Training_": "training", "PublicTest_": "public", "PrivateTest_": "private"}
JUNK: Final = frozenset({"thumbs.db", "desktop.ini", "__macosx"})

_LABELS: Final = {alias: EMOTIONS.index(emotion) for alias, emotion in ALIASES.items()}


class Place(NamedTuple):
    """What one name says."""

    split: str
    label: int


class Layout(NamedTuple):
    """The places in the order of the names; None: to be ignored.

    ``strays`` are the ignored names that are no junk: files beside the class folders.
    """

    places: list[Place | None]
    strays: list[str]


def arrange(names: Iterable[str]) -> Layout:
    """Read split and class off names relative to the data set's root.

    Raises:
        SourceError: a folder of files that is no known class.
    """
    paths = [parts(name) for name in names]
    depths = [None if junk(path) else _class_depth(path) for path in paths]
    above = {path[:depth] for path, depth in zip(paths, depths, strict=True) if depth is not None}
    ancestors = {prefix[:end] for prefix in above for end in range(len(prefix) + 1)}
    wrapped = _is_wrapper(above)
    places: list[Place | None] = []
    strays: list[str] = []
    for path, depth in zip(paths, depths, strict=True):
        if depth is not None:
            places.append(Place(_split(path, depth, wrapped), _LABELS[path[depth].lower()]))
            continue
        places.append(None)
        if junk(path):
            continue
        if path[:-1] and path[:-1] not in ancestors:
            folder = "/".join(path[:-1])
            raise SourceError(f"data.path: folder {folder!r} is no known class. Known: {', '.join(sorted(ALIASES))}")
        strays.append("/".join(path))
    return Layout(places, strays)


def parts(name: str) -> tuple[str, ...]:
    """Folders and file name; some zips from Windows are written with backslashes.

    Bytes of a name that are not UTF-8 become ``\\udcff`` and the like: tables and messages hold text only.
    """
    text = name.replace("\\", "/").encode("utf-8", "backslashreplace").decode("utf-8")
    return tuple(part for part in PurePosixPath(text).parts if part != "/")


def junk(path: tuple[str, ...]) -> bool:
    """Left behind by file managers, hidden, or on its way out of the root (``..``)."""
    return not path or any(part.startswith(".") or part.lower() in JUNK for part in path)


def _class_depth(path: tuple[str, ...]) -> int | None:
    """Position of the deepest folder that is a class."""
    return next((at for at in range(len(path) - 2, -1, -1) if path[at].lower() in _LABELS), None)


def _is_wrapper(above: set[tuple[str, ...]]) -> bool:
    """Whether the one folder that holds all classes is a wrapping ``fer2013/`` and not a split."""
    (only,) = above if len(above) == 1 else ((),)
    return bool(only) and only[-1].lower() not in SPLITS


def _split(path: tuple[str, ...], depth: int, wrapped: bool) -> str:
    for prefix, split in PREFIXES.items():
        if path[-1].startswith(prefix):
            return split
    if depth == 0 or wrapped:
        return "training"
    folder = path[depth - 1].lower()
    return SPLITS.get(folder, folder)
