"""WebDataset: tars of samples, each a picture with its label in ``.cls`` or ``.json`` beside it, read in place.

``data.path`` is a tar, a folder of tars, or several by numbers in braces: ``s3://faces/train-{000..009}.tar``. A tar
may be gzipped (``.tar.gz``, ``.tgz``); finding anything in it then costs unpacking all that stands before. The split is
that of ``data.columns.split`` in ``.json``, else what folders and the name of the tar say.
"""

import math
import re
import zlib
from collections.abc import Iterator
from itertools import groupby
from typing import BinaryIO, Final

from tasks.errors import DecodeError, MediaError, SourceError
from tasks.params import Data
from tasks.schema import UNKNOWN
from tasks.sources import layout, samples, store
from tasks.sources.folder import too_large
from tasks.sources.identity import Identity
from tasks.sources.members import Reader, chunks, records, unplaced
from tasks.sources.remote import Piece
from tasks.sources.source import BRING, LIMIT, Chunk, Found, Member, Plan, Record
from tasks.sources.words import DEFAULT, clean, words

ENDINGS: Final = (".tar", ".tar.gz", ".tgz")
ZIPPED: Final = (".gz", ".tgz")
MOST: Final = 1_000_000  # tars that braces may stand for

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def plan(data: Data, rows: int) -> Plan:
    """Find the samples of each tar in one pass over its headers and cut them into chunks, in the order of the tars.

    Raises:
        ParamsError: labels or splits that cannot be used.
        SourceError: no tars, one that cannot be read, no pictures, not one known label.
    """
    vocabulary = words(data)
    reader, identity = Reader(vocabulary), Identity()
    path, tars = _tars(store.plain(data.path))
    several = len(tars) > 1
    known: list[Member] = []
    warnings: list[str] = []
    for tar in tars:
        if tar.refusal:
            known.append(unplaced(tar))
            continue
        where = store.join(path, tar.name)
        with store.unzipped(where) as stream:
            content = samples.read(stream, data.columns)
        title = clean(tar.name or where.rpartition("/")[2])
        start = f"{title}/" if several else ""
        for found, place in content.samples:
            said = place.split or vocabulary.split_word([*layout.parts(found.name)[:-1], *title.split("/")])
            key = start + "/".join(layout.parts(found.name))
            known.append(reader.member(found._replace(name=tar.name), key, place._replace(split=said)))
        known += (unplaced(found)._replace(key=start + clean(found.name), name=tar.name) for found in content.refused)
        if content.damage:
            known.append(Member(title, tar.name, DEFAULT, UNKNOWN, "", "undecodable", content.damage))
            warnings.append(f"{title}: {content.damage}; what follows there is lost")
        if content.bare:
            warnings.append(f"{title}: {content.bare:,} samples have no picture and are ignored")
        identity.add(tar.name, tar.size, tar.tag, len(content.samples))
    if not any(member.readable for member in known):
        lost = f" ({warnings[0]})" if warnings else ""
        raise SourceError(f"data.path: no samples with pictures at {data.path!r}{lost}. {BRING}")
    return Plan(chunks(data, path, known, rows), (*reader.tally.warnings(data.path), *warnings), identity.hexdigest())


def read(chunk: Chunk) -> Iterator[Record]:
    """Yield the samples' pictures, undecoded; one that cannot be read becomes a record with ``error``.

    Raises:
        SourceError: a tar is gone.
    """
    for name, group in groupby(chunk.members, key=lambda member: member.name):
        members = list(group)
        path = store.join(chunk.path, name)
        wanted = [member for member in members if member.readable]
        straight = store.is_url(path) and not path.lower().endswith(ZIPPED)
        yield from records(members, _fetched(path, wanted) if straight else _read(path, wanted))


def _fetched(path: str, members: list[Member]) -> Iterator[bytes | MediaError]:
    return store.fetch([Piece(path, member.entry.offset, member.size) for member in members if member.entry])


def _read(path: str, members: list[Member]) -> Iterator[bytes | MediaError]:
    with store.unzipped(path) as stream:
        for member in members:
            try:
                yield _content(stream, member)
            except MediaError as error:
                yield error


def _content(stream: BinaryIO, member: Member) -> bytes:
    if member.entry is None or member.size > LIMIT:
        raise too_large(member.size)
    try:
        stream.seek(member.entry.offset)
        data = stream.read(member.size)
    except (OSError, EOFError, zlib.error) as error:
        raise DecodeError(f"the tar cannot be read here: {store.why(error)}") from None
    if len(data) != member.size:
        raise DecodeError(f"the tar ends after {len(data):,} of its {member.size:,} bytes")
    return data


def _tars(path: str) -> tuple[str, list[Found]]:
    """The folder that the tars lie in and their names in it; a single tar has none."""
    if ranges := _RANGE.findall(path):
        if math.prod(max(0, int(stop) - int(start) + 1) for start, stop in ranges) > MOST:
            raise SourceError(f"data.path: {path!r} stands for more than {MOST:,} tars")
        root = store.folder_of(path[: path.index("{")])
        return root, [_described(root, name) for name in _expanded(path.removeprefix(root).lstrip("/"))]
    only = store.describe(path)
    if only is not None:
        return path, [only._replace(name="")]
    tars = [found for found in store.walk(path) if found.name.lower().endswith(ENDINGS) or found.refusal]
    if not tars:
        raise SourceError(f"data.path: no tars ({', '.join(ENDINGS)}) in {path!r}. {BRING}")
    return path, tars


def _described(root: str, name: str) -> Found:
    found = store.describe(store.join(root, name))
    if found is None:
        raise SourceError(f"data.path: {store.join(root, name)!r} is a folder, expected a tar")
    return found._replace(name=name)


def _expanded(text: str) -> Iterator[str]:
    """``{008..010}`` as each of its numbers, as wide as the first one is written."""
    match = _RANGE.search(text)
    if match is None:
        yield text
        return
    for number in range(int(match[1]), int(match[2]) + 1):
        start, stop = match.span()
        yield from _expanded(f"{text[:start]}{number:0{len(match[1])}d}{text[stop:]}")
