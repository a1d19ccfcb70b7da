"""Every file below the sources, in a stable order."""

import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tasks import remote
from tasks.errors import SourceError
from tasks.media import listed, pattern
from tasks.media.entry import Entry
from tasks.media.examine import examine
from tasks.params import Limits
from tasks.urls import WEB, is_url, join, masked, plain, shown


def walk(sources: Sequence[str], limits: Limits) -> Iterator[Entry]:
    """One row per file, archive and member of an archive.

    The same as ``examine`` on each of ``files(sources)``, for callers with one process.

    Raises:
        SourceError: at once, as ``files`` raises it.
    """
    return (entry for source in files(sources) for entry in examine(source, limits))


def files(sources: Sequence[str]) -> Iterator[str]:
    """List the files that ``sources`` name without opening any.

    A source is a file, a folder, a URL of either (a web address is a file: web servers can't be listed), a pattern
    such as ``photos/**/*.jpg`` or ``s3://bucket/2019*``, or ``@`` and a list of files and folders (``listed``). What is
    there under that very name is no pattern and no list.

    Folders are walked in the order of their sorted names, hidden files included. Links to files are followed, links
    to folders are not, so that nothing loops. A folder that cannot be listed is given as if it were a file: opening
    it fails with the reason. What a list names is not looked for before it is opened.

    Raises:
        SourceError: at once: no source, a source that is missing or out of reach, a folder without files. Later: a
            bucket that is empty or can't be listed.
    """
    if not sources:
        raise SourceError("no source was given: name a file or a folder")
    found = [_found(source) for source in sources]
    return _once(found) if len(found) > 1 or sources[0].startswith("@") else found[0]()


def _found(source: str) -> partial[Iterator[str]]:
    """What lists the files of ``source``; that they are there is seen now."""
    if source.startswith("@") and not os.path.lexists(source):
        return partial(_named, listed.read(source[1:]))
    place = plain(source) if source else source
    if is_url(place):
        try:
            return _found_objects(place)
        except (OSError, ValueError) as error:
            raise SourceError(f"{shown(place)!r} cannot be read: {_why(error)}") from None
    walked = partial(_below, place)
    if not source or not os.path.lexists(place):
        if not pattern.is_one(place) or not os.path.lexists(pattern.base(place)):
            raise SourceError(f"no such file or folder: {source!r}")
        walked = partial(_matching, place)
        if next(walked(), None) is None:
            raise SourceError(f"no file matches {place!r}")
    if next(walked(), None) is None:
        raise SourceError(f"{place!r} holds no files")
    return walked


def _found_objects(url: str) -> partial[Iterator[str]]:
    try:
        kind = remote.info(url)["type"]
    except FileNotFoundError:
        if url.lower().startswith(WEB) or not pattern.is_one(url):
            raise SourceError(f"no such file or folder: {shown(url)!r}") from None
        objects = list(_matching(url))
        if not objects:
            raise SourceError(f"no object matches {shown(url)!r}") from None
        return partial(iter, objects)
    if kind != "directory":
        return partial(iter, [url])
    return partial(_all_objects, url)  # listed once only: there may be millions


def _named(names: Sequence[str]) -> Iterator[str]:
    """The files that a list names; of URLs those that end with a slash are folders."""
    for name in names:
        if not is_url(name):
            yield from _below(name)
        elif name.endswith("/") and not name.lower().startswith(WEB):
            yield from _objects(name)
        else:
            yield name


def _matching(wanted: str) -> Iterator[str]:
    """The files below a pattern's folder whose names match it."""
    root, matches = pattern.base(wanted), pattern.compiled(wanted)
    for path in _objects(root) if is_url(root) else _below(root):
        if matches(path):
            yield path


def _all_objects(url: str) -> Iterator[str]:
    first = next(found := _objects(url), None)
    if first is None:
        raise SourceError(f"{shown(url)!r} holds no files")
    yield first
    yield from found


def _objects(url: str) -> Iterator[str]:
    try:
        return (join(url, name) for name in remote.names(url))
    except OSError as error:
        raise SourceError(f"{shown(url)!r} cannot be listed: {_why(error)}") from None


def _why(error: Exception) -> str:
    return masked(" ".join(str(getattr(error, "strerror", None) or error).split()))


def _once(found: Sequence[partial[Iterator[str]]]) -> Iterator[str]:
    """Leave out what an earlier source gave; a link and its target are two files."""
    seen: set[str] = set()
    folders: dict[str, str] = {}
    for listing in found:
        for path in listing():
            folder, name = os.path.split(path)
            if folder not in folders:
                # Only the last: files of a folder come together.
                folders = {folder: folder if is_url(path) else os.path.realpath(folder)}
            key = f"{folders[folder]}/{name}"
            if key not in seen:
                seen.add(key)
                yield path


def _below(source: str) -> Iterator[str]:
    if not _is_folder(source):
        yield source
        return
    # A stack of our own: folders may be nested deeper than Python's calls may be.
    stack = [_listed(source)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif item[1]:
            stack.append(_listed(item[0]))
        else:
            yield item[0]


def _listed(folder: str) -> Iterator[tuple[str, bool]]:
    """Path and "is a folder" of each name in ``folder``; the folder itself as a file when it cannot be listed."""
    try:
        with os.scandir(folder) as found:
            items = sorted(found, key=lambda item: item.name)
    except OSError:
        yield folder, False
        return
    for item in items:
        path = f"{folder.rstrip('/')}/{item.name}"
        if item.is_dir(follow_symlinks=False):
            yield path, True
        elif not (item.is_symlink() and _is_folder(path)):
            yield path, False


def _is_folder(path: str) -> bool:
    """Also for links; False for what cannot be looked at, which is then reported as a file."""
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except OSError:
        return False
