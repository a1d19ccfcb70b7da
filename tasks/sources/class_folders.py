"""Folders of pictures, one per class, on disk, in a store or inside a zip that is read in place.

Without ``data.pattern`` the class is the deepest folder that is named like an emotion, and the folder above it the
split. Other layouts are said by a pattern and by ``data.labels``:

    AffectNet   {split}/{label}/{}           labels: {"0": neutral, "1": happy, "2": sad, "3": surprise, ...}
    CK+48       {label}/{group}_{}           the subject S010 of anger/S010_004_00000017.png is the group
    RAF-DB      {split}/{label}/{}_aligned.jpg
"""

from collections.abc import Iterator
from pathlib import Path

from tasks.errors import SourceError
from tasks.params import Data
from tasks.sources import layout, members, pattern, store, zipped
from tasks.sources.identity import Identity
from tasks.sources.remote import Piece
from tasks.sources.source import BRING, Chunk, Found, Member, Plan, Record
from tasks.sources.words import words


def plan(data: Data, rows: int) -> Plan:
    """List the files, read split, class and group off their names and cut them into chunks.

    Raises:
        ParamsError: a pattern, label or split that cannot be used.
        SourceError: nothing there, a broken zip, no pictures, not one known class.
    """
    form = pattern.compiled(data.pattern, ("label",)) if data.pattern else None
    vocabulary = words(data)
    path, listed = _listed(store.plain(data.path))
    arranged = layout.arrange((found.name for found in listed), vocabulary, form)
    reader = members.Reader(vocabulary)
    known: list[Member] = []
    identity = Identity()
    for found, key, place in zip(listed, arranged.keys, arranged.places, strict=True):
        if place is not None:
            known.append(reader.member(found, key, place))
        elif found.refusal and not _hidden(found.name):
            known.append(members.unplaced(found))
        else:
            continue
        identity.add(key, found.size, found.tag)
    if not any(member.readable for member in known):
        expected = data.pattern or "<split>/<class>/<file>"
        raise SourceError(f"data.path: no images in {data.path!r}, expected {expected}. {BRING}")
    warnings = reader.tally.warnings(data.path)
    if strays := sorted(arranged.keys[at] for at in arranged.strays if not listed[at].refusal):
        where = f"not of the form {data.pattern}" if form else "outside class folders"
        more = ", ..." if len(strays) > 3 else ""
        warnings.append(f"{len(strays):,} files {where} are ignored: {', '.join(strays[:3])}{more}")
    cut = members.chunks(data, path, members.mixed(known), rows)
    return Plan(cut, tuple(warnings), identity.hexdigest())


def read(chunk: Chunk) -> Iterator[Record]:
    """Yield the files' bytes, undecoded; one that cannot be read becomes a record with ``error``.

    Raises:
        SourceError: the folder or zip is gone.
    """
    wanted = [member for member in chunk.members if member.readable]
    if any(member.entry for member in wanted):
        return members.records(chunk.members, zipped.contents(chunk.path, wanted))
    if not store.is_url(chunk.path) and not Path(chunk.path).is_dir():
        raise SourceError(f"data.path: no folder or zip at {chunk.path!r}. {BRING}")
    pieces = [Piece(store.join(chunk.path, member.name), size=member.size) for member in wanted]
    return members.records(chunk.members, store.fetch(pieces))


def _listed(path: str) -> tuple[str, list[Found]]:
    """The folder or zip to read and its files: ``path``, or the zip that is all there is in it."""
    if store.describe(path) is None:
        files = store.walk(path)
        visible = [file.name for file in files if not layout.junk(layout.parts(file.name))]
        if any("/" in name for name in visible) or not any(name.lower().endswith(".zip") for name in visible):
            return path, files
        path = store.locate(path, (".zip",), "zip")
    return path, zipped.entries(path)


def _hidden(name: str) -> bool:
    """Whether a name that may also lead out of the data set is junk besides."""
    return layout.junk(tuple(part for part in layout.parts(name) if part != ".."))
