"""Where what is made of a medium goes: a tree like the archive's."""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath
from typing import Final

from tasks.show.seen import Key

LONGEST: Final = 200  # bytes of a file's name; 255 are possible, and a suffix and a temporary name come on top
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')  # controls, and what other systems' disks don't take
KINDS: Final = ("subtitles", "annotated")  # the folders, below a run's
ANNOTATED: Final = ".annotated"  # between a medium's name and a suffix, so that no file is written over a source
_SUFFIX: Final = re.compile(rf"(\{ANNOTATED})?\.[a-z0-9]+$")


def root(sources: Sequence[str]) -> str:
    """The folder that holds all ``sources`` of a run, as they were given; empty where there is none in common."""
    try:
        return os.path.commonpath([os.path.dirname(source.rstrip("/")) for source in sources])  # noqa: PTH120
    except ValueError:  # none, or relative and absolute ones
        return ""


def place(key: Key, base: str, suffix: str) -> PurePosixPath:
    """A relative path for what is made of ``key``, such as ``media/holiday/clip.mp4.vtt``; each key has its own.

    The name is the source's below ``base``, then the member's. Where the source isn't below it, or the name leaves the
    folder, is too long or has characters that a disk may refuse, they are replaced, and a hash of the whole name makes
    it the only one.
    """
    above = base.rstrip("/") + "/" if base else ""
    source = key.source.removeprefix(above)
    wanted = source if key.member is None else f"{source}/{key.member}"
    parts = [_clean(part) for part in wanted.split("/") if part not in ("", ".", "..")] or ["unnamed"]
    name = "/".join(parts)
    if name != wanted or not key.source.startswith(above):
        parts[-1] += f"-{hashlib.sha256(str(key).encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    return PurePosixPath(*parts[:-1], parts[-1] + suffix)


def made_of(path: PurePath) -> str:
    """The ``place`` without suffix of what ``path``, such as annotated/clip.mp4.annotated.mp4, is made of."""
    return PurePosixPath(*path.parts[1:-1], _SUFFIX.sub("", path.name)).as_posix()


def _clean(part: str) -> str:
    return _UNSAFE.sub("_", part).encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
