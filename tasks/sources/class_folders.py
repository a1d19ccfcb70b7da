"""Folders of pictures, one per class, on disk or inside a zip that is read in place."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from hashlib import blake2b
from pathlib import Path
from typing import NoReturn

from tasks.errors import MediaError, SourceError, TooLargeError, UnsupportedError
from tasks.params import Data
from tasks.schema import EMOTIONS
from tasks.sources import layout, zipped
from tasks.sources.source import BRING, Chunk, Member, Plan, Record, locate


def plan(data: Data, rows: int) -> Plan:
    """List the files, read split and class off their names and cut them into chunks.

    The order is that of a hash of the keys: each chunk then holds all classes, and which of two equal
    pictures is the first depends neither on the chunks' size nor on the alphabet of the classes.

    Raises:
        SourceError: nothing there, a broken zip, a folder that is no known class, no pictures.
    """
    path = _root(data.path)
    found = _walk(path) if path.is_dir() else zipped.entries(path)
    places, strays = layout.arrange(member.name for member in found)
    members = [
        member._replace(split=place.split, label=place.label)
        for member, place in zip(found, places, strict=True)
        if place is not None
    ]
    if not members:
        raise SourceError(f"data.path: no images in {data.path!r}, expected <split>/<class>/<file>. {BRING}")
    members.sort(key=_order)
    chunks = tuple(
        Chunk(index, data.source, str(path), start, len(part), data, members=tuple(part))
        for index, start in enumerate(range(0, len(members), rows))
        for part in [members[start : start + rows]]
    )
    return Plan(chunks, tuple(_warnings(members, strays)))


def read(chunk: Chunk) -> Iterator[Record]:
    """Yield the files' bytes, undecoded; one that cannot be read becomes a record with ``error``.

    Raises:
        SourceError: the folder or zip is gone.
    """
    path = Path(chunk.path)
    try:
        opened = nullcontext(None) if path.is_dir() else path.open("rb")
    except OSError as error:
        raise SourceError(f"data.path: no folder or zip at {chunk.path!r} ({error.strerror}). {BRING}") from None
    with opened as stream:
        for member in chunk.members:
            try:
                data = _load(path / member.name) if stream is None else zipped.unpack(stream, member)
            except MediaError as error:
                yield Record(_key(member.name), member.split, member.label, error=str(error))
            except OSError as error:
                yield Record(
                    _key(member.name), member.split, member.label, error=f"cannot be read: {error.strerror or error}"
                )
            else:
                yield Record(_key(member.name), member.split, member.label, data=data)


def _root(path: str) -> Path:
    """The folder or zip to read: ``path``, or the zip that is all there is in it."""
    place = Path(path)
    if not place.exists():
        raise SourceError(f"data.path: no folder or zip at {path!r}. {BRING}")
    if not place.is_dir():
        return place
    try:
        visible = [one for one in place.iterdir() if not layout.junk((one.name,))]
    except OSError as error:
        raise SourceError(f"data.path: {path!r} cannot be listed: {error.strerror}") from None
    if visible and all(one.is_file() for one in visible) and any(one.suffix.lower() == ".zip" for one in visible):
        return locate(path, (".zip",), "zip")
    return place


def _walk(root: Path) -> list[Member]:
    """All files under ``root``, through links to folders but never into one folder twice."""
    members: list[Member] = []
    seen: set[str] = set()

    def fail(error: OSError) -> NoReturn:
        raise SourceError(f"data.path: {error.filename!r} cannot be listed: {error.strerror}") from None

    for folder, folders, names in os.walk(root, followlinks=True, onerror=fail):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()  # which of two links to one folder wins must not depend on the disk
        prefix = Path(folder).relative_to(root).as_posix()
        members += [Member(name if prefix == "." else f"{prefix}/{name}", "", -1) for name in names]
    return members


def _load(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise UnsupportedError("not a regular file")  # opening a pipe would wait for ever
    with path.open("rb") as stream:
        data = stream.read(zipped.LIMIT + 1)
    if len(data) > zipped.LIMIT:
        raise TooLargeError(f"more than {zipped.LIMIT:,} bytes")
    return data


def _key(name: str) -> str:
    return "/".join(layout.parts(name))


def _order(member: Member) -> tuple[bytes, str]:
    key = _key(member.name)
    return blake2b(key.encode(), digest_size=8).digest(), key


def _warnings(members: list[Member], strays: list[str]) -> Iterator[str]:
    counts = Counter((member.split, member.label) for member in members)
    for split in sorted({split for split, _ in counts}):
        missing = [emotion for label, emotion in enumerate(EMOTIONS) if not counts[split, label]]
        if missing:
            yield f"split {split!r} has no images of {', '.join(missing)}"
    if strays:
        more = ", ..." if len(strays) > 3 else ""
        yield f"{len(strays):,} files outside class folders are ignored: {', '.join(sorted(strays)[:3])}{more}"
