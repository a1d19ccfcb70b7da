"""Patterns such as ``photos/2019*/**/*.jpg``: what a shell would have made of them, over folders and buckets alike."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Final

_MAGIC: Final = re.compile(r"[*?[]")
_ANY: Final = "**"


def is_one(path: str) -> bool:
    """Whether ``path`` has what makes a pattern: ``*``, ``?`` or ``[``."""
    return _MAGIC.search(path) is not None


def base(pattern: str) -> str:
    """The folder below which all matches lie: the whole names before the first that is a pattern."""
    found = _MAGIC.search(pattern)
    above, slash, _ = (pattern[: found.start()] if found else pattern).rpartition("/")
    return above or slash or "."


def compiled(pattern: str) -> Callable[[str], bool]:
    """Whether a path, as ``base`` was joined with what is below it, matches, or lies in a folder that does.

    ``*`` stands for any text within a name, ``?`` for one character, ``[ab]`` and ``[!ab]`` for one of some, ``**``
    alone for any number of folders. Case counts; a name that begins with a dot needs a pattern that does.
    """
    root = base(pattern)
    names = pattern.removeprefix(root).strip("/").split("/")
    return partial(_matches, names, len(root.rstrip("/")) + 1)


def _matches(patterns: Sequence[str], start: int, path: str) -> bool:
    places = _reached(patterns, {0})  # how many of the patterns may be used up so far
    for name in path[start:].split("/"):
        deep = {place for place in places if patterns[place] == _ANY and not name.startswith(".")}
        used = deep | {place + 1 for place in places if place in deep or _is(name, patterns[place])}
        places = _reached(patterns, used)
        if len(patterns) in places:
            return True
    return False


def _reached(patterns: Sequence[str], places: set[int]) -> set[int]:
    """``places``, and those behind a ``**`` that stands for no folder: any but the last."""
    found = set(places)
    for place in range(len(patterns) - 1):
        if place in found and patterns[place] == _ANY:
            found.add(place + 1)
    return found


def _is(name: str, pattern: str) -> bool:
    return pattern != _ANY and fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
