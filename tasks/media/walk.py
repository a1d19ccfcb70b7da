"""Every file below the sources, in a stable order."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from tasks.errors import SourceError
from tasks.media.entry import Entry
from tasks.media.examine import examine
from tasks.params import Limits


def walk(sources: Sequence[str], limits: Limits) -> Iterator[Entry]:
    """One row per file, archive and member of an archive.

    The same as ``examine`` on each of ``files(sources)``, for callers with one process.

    Raises:
        SourceError: at once, as ``files`` raises it.
    """
    return (entry for source in files(sources) for entry in examine(source, limits))


def files(sources: Sequence[str]) -> Iterator[str]:
    """List the files below ``sources`` without opening any.

    Folders are walked in the order of their sorted names, hidden files included. Links to files are followed, links
    to folders are not, so that nothing loops. A folder that cannot be listed is given as if it were a file: opening
    it fails with the reason.

    Raises:
        SourceError: at once: no source, a source that is missing, a folder without files.
    """
    if not sources:
        raise SourceError("no source was given: name a file or a folder")
    for source in sources:
        if not source or not os.path.lexists(source):
            raise SourceError(f"no such file or folder: {source!r}")
        if next(_below(source), None) is None:
            raise SourceError(f"{source!r} holds no files")
    return _once(sources) if len(sources) > 1 else _below(sources[0])


def _once(sources: Sequence[str]) -> Iterator[str]:
    """Leave out what an earlier source gave; a link and its target are two files."""
    seen: set[str] = set()
    folders: dict[str, str] = {}
    for source in sources:
        for path in _below(source):
            folder, name = os.path.split(path)
            if folder not in folders:
                folders = {folder: os.path.realpath(folder)}  # only the last: files of a folder come together
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
