"""Data sets that are a file per image: from the files found to chunks, and from a file's content to its record."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from tasks.errors import MediaError
from tasks.params import Data
from tasks.schema import UNKNOWN
from tasks.sources.layout import Place
from tasks.sources.source import Chunk, Found, Member, Record, reason_of
from tasks.sources.tally import Tally
from tasks.sources.words import DEFAULT, Meaning, Words, clean


class Reader:
    """Understands places; equal ones give the same objects, because there are few of them and millions of files."""

    def __init__(self, words: Words) -> None:
        self.tally = Tally()
        self._words = words
        self._meanings: dict[tuple[str, str], Meaning] = {}
        self._groups: dict[str, str] = {}

    def member(self, found: Found, key: str, place: Place) -> Member:
        """The file ``found`` with what its place means; a refused one stays refused."""
        said = (place.label, place.split)
        meaning = self._meanings.get(said)
        if meaning is None:
            meaning = self._meanings[said] = self._words.meaning(*said)
        split, label, reason, detail = meaning
        name = found.name
        if found.refusal:
            reason, detail = "refused", found.refusal
        else:
            self.tally.add(place.label, meaning)
        return Member(
            name if key == name else key,  # one string for both where they are equal
            name,
            split,
            label,
            self._groups.setdefault(place.group, place.group),
            reason,
            detail,
            found.size,
            found.entry,
        )


def unplaced(found: Found) -> Member:
    """A file that is refused, wherever it is said to lie."""
    return Member(clean(found.name), found.name, DEFAULT, UNKNOWN, reason="refused", detail=found.refusal)


def mixed(members: Iterable[Member]) -> list[Member]:
    """In the order of a hash of the keys.

    Each chunk then holds all classes, and which of two equal pictures is the first depends neither on the chunks'
    size nor on the alphabet of the classes.
    """
    return sorted(members, key=lambda member: (blake2b(member.key.encode(), digest_size=8).digest(), member.key))


def chunks(data: Data, path: str, members: Sequence[Member], rows: int) -> tuple[Chunk, ...]:
    """Cut ``members`` as they stand; of two with one key, the second is called ``key#2``."""
    named = _numbered(members)
    return tuple(
        Chunk(index, data.source, path, start, len(part), data, members=tuple(part))
        for index, start in enumerate(range(0, len(named), rows))
        for part in [named[start : start + rows]]
    )


def records(members: Sequence[Member], contents: Iterable[bytes | MediaError]) -> Iterator[Record]:
    """One record per member; ``contents`` are those of the readable ones, in their order."""
    read = iter(contents)
    for member in members:
        key, _, split, label, group, reason, detail, _, _ = member
        if member.readable:
            yield record(key, Meaning(split, label, reason, detail), group, next(read))
        else:
            yield Record(key, split, label, error=detail, reason=reason, group=group)


def record(key: str, meaning: Meaning, group: str, content: bytes | MediaError) -> Record:
    """The record of one picture. That it cannot be had says more than that its label is unknown."""
    split, label, reason, detail = meaning
    if isinstance(content, MediaError):
        return Record(key, split, label, error=str(content), reason=reason_of(content), group=group)
    if reason:
        return Record(key, split, label, data=content, error=detail, reason=reason, group=group)
    return Record(key, split, label, data=content, group=group)


def _numbered(members: Sequence[Member]) -> Sequence[Member]:
    if len({member.key for member in members}) == len(members):
        return members
    counts: Counter[str] = Counter()
    taken = {member.key for member in members}
    named = []
    for member in members:
        key = member.key
        counts[key] += 1
        while counts[key] > 1 and (numbered := f"{key}#{counts[key]}") in taken:
            counts[key] += 1
        if counts[key] > 1:
            taken.add(numbered)
        named.append(member if counts[key] == 1 else member._replace(key=numbered))
    return named
