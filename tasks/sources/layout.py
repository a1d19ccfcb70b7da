"""What the names of files say: ``<split>/<class>/<file>`` as Kaggle has it, and the forms found in the wild."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from tasks.sources.pattern import Pattern
from tasks.sources.words import Words, clean

# FER-2013's own file names say more than the folders that it was repacked into.
PREFIXES: Final = {"Training_": "training", "PublicTest_": "public", "PrivateTest_": "private"}
JUNK: Final = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
# What may be an image of a class that is not known; a README is none.
ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".pgm", ".ppm", ".tif", ".tiff")

Path = tuple[str, ...]


class Place(NamedTuple):
    """What one name says, in the data set's own words; empty where it says nothing."""

    split: str
    label: str
    group: str = ""


class Layout(NamedTuple):
    """The names as keys and their places, in the order of the names; None: to be ignored.

    ``strays`` are the positions of ignored names that are no junk: files beside the class folders, or not of the
    pattern.
    """

    keys: list[str]
    places: list[Place | None]
    strays: list[int]


def arrange(names: Iterable[str], words: Words, pattern: Pattern | None = None) -> Layout:
    """Read split, class and group off names relative to the data set's root.

    Without a pattern the class is the deepest folder with a known name. Images elsewhere, at the same depth as the
    classes or in folders of their own, are of a class that is not known.
    """
    paths = [parts(name) for name in names]
    places = _by_classes(paths, words) if pattern is None else _by_pattern(paths, pattern)
    keys = ["/".join(path) for path in paths]
    ignored = (at for at, place in enumerate(places) if place is None)
    return Layout(keys, places, [at for at in ignored if not junk(paths[at])])


def parts(name: str) -> Path:
    """Folders and file name; some zips from Windows are written with backslashes."""
    return tuple(part for part in clean(name.replace("\\", "/")).split("/") if part and part != ".")


def junk(path: Path) -> bool:
    """Left behind by file managers, or hidden."""
    return not path or any(part.startswith(".") or part.lower() in JUNK for part in path)


def _by_pattern(paths: list[Path], pattern: Pattern) -> list[Place | None]:
    found = [None if junk(path) else pattern.read("/".join(path)) for path in paths]
    return [one and Place(one.split, one.label, one.group) for one in found]


def _by_classes(paths: list[Path], words: Words) -> list[Place | None]:
    depths = [None if junk(path) else _class_depth(path, words) for path in paths]
    above = {path[:depth] for path, depth in zip(paths, depths, strict=True) if depth is not None}
    ancestors = {prefix[:end] for prefix in above for end in range(len(prefix) + 1)}
    wrapped = _is_wrapper(above, words)
    usual = Counter(depth for depth in depths if depth is not None).most_common(1)
    places: list[Place | None] = []
    for path, depth in zip(paths, depths, strict=True):
        at = depth
        if at is None and len(path) > 1 and path[:-1] not in ancestors and _image(path) and not junk(path):
            at = min(usual[0][0] if usual else len(path), len(path) - 2)
        places.append(None if at is None else Place(_split(path, at, wrapped), path[at]))
    return places


def _class_depth(path: Path, words: Words) -> int | None:
    """Position of the deepest folder that is a class."""
    labels = words.labels
    return next((at for at in range(len(path) - 2, -1, -1) if path[at].lower() in labels), None)


def _image(path: Path) -> bool:
    return path[-1].lower().endswith(ENDINGS) or "." not in path[-1]


def _is_wrapper(above: set[Path], words: Words) -> bool:
    """Whether the one folder that holds all classes is a wrapping ``fer2013/`` and not a split."""
    (only,) = above if len(above) == 1 else ((),)
    return bool(only) and only[-1].lower() not in words.splits


def _split(path: Path, depth: int, wrapped: bool) -> str:
    for prefix, split in PREFIXES.items():
        if path[-1].startswith(prefix):
            return split
    return "" if depth == 0 or wrapped else path[depth - 1]
