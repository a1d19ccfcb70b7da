"""From what was found to units of work: every content is scored once."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tasks.media.entry import Entry
from tasks.media.segments import WHOLE, Segment
from tasks.score.job import Job, Unit


@dataclass(frozen=True)
class Arrangement:
    """Every entry is in exactly one of these."""

    units: list[Unit]
    groups: list[list[str]]  # ids of units whose rows belong together, in order: the parts of a video
    listed: list[Entry]  # with a status already, and the archives, whose members say what they hold
    duplicates: list[tuple[Entry, str]]  # with the name of the entry that is scored instead
    held: list[Entry] = field(default_factory=list)  # labelled by an earlier run, whose rows stay


def name(entry: Entry) -> str:
    """`source`, or `source::member`: what `duplicate_of` refers to."""
    return entry.source if entry.member is None else f"{entry.source}::{entry.member}"


Known = Mapping[tuple[str, str | None], tuple[str, str]]  # source and member -> sha256 and status
LABELLED: Final = ("scored", "no_face")  # what failed is tried again under another name


def arrange(entries: Sequence[Entry], job: Job, known: Known | None = None) -> Arrangement:
    """Cut ``entries`` into units: a part of a video each, images by ``job.images_per_unit``, a tar's images together.

    A content that stood before, in the order of ``entries``, is a duplicate. An entry that is ``known`` with the same
    content is held, and so is one whose content was labelled under another name.
    """
    known = known or {}
    labelled = {sha256 for sha256, status in known.values() if status in LABELLED}
    listed, duplicates = [], []
    fresh: list[Entry] = []
    held: list[Entry] = []
    first: dict[str | None, str] = {}
    for entry in entries:
        if entry.status is not None or entry.media_type == "archive":
            listed.append(entry)
        elif entry.sha256 in first:
            duplicates.append((entry, first[entry.sha256]))
        else:
            first[entry.sha256] = name(entry)
            sha256, _ = known.get((entry.source, entry.member), (None, ""))
            (held if entry.sha256 in labelled or entry.sha256 == sha256 else fresh).append(entry)
    tars = {entry.source for entry in listed if entry.media_type == "archive" and entry.format != "zip"}
    groups = _groups(fresh, job.images_per_unit, tars)
    fingerprint = job.fingerprint()
    made = [
        [Unit(_id(fingerprint, group, part), group, part) for part in (group[0].parts if _is_video(group) else [WHOLE])]
        for group in groups
    ]
    return Arrangement(
        [unit for units in made for unit in units],
        [[unit.id for unit in units] for units in made],
        listed,
        duplicates,
        held,
    )


def _is_video(entries: tuple[Entry, ...]) -> bool:
    return entries[0].media_type == "video"


def _groups(entries: Iterable[Entry], images_per_unit: int, tars: set[str]) -> Iterator[tuple[Entry, ...]]:
    images: list[Entry] = []
    for entry in entries:
        if entry.media_type == "video":
            yield (entry,)
        else:
            images.append(entry)
    # Files and zip members are read one by one; a tar has to be read from its start, so its images stay together.
    for tar, group in itertools.groupby(images, key=lambda e: e.source if e.member and e.source in tars else None):
        if tar is None:
            yield from _batched(group, images_per_unit)
        else:
            yield tuple(group)


def _batched(entries: Iterable[Entry], count: int) -> Iterator[tuple[Entry, ...]]:
    iterator = iter(entries)
    while group := tuple(itertools.islice(iterator, count)):
        yield group


def _id(fingerprint: str, entries: tuple[Entry, ...], part: Segment) -> str:
    """Made of what decides about the rows: contents in their order, not names, and what is done to them."""
    digest = hashlib.sha256(fingerprint.encode())
    for entry in entries:
        digest.update(f"\0{entry.sha256}".encode())
    if part != WHOLE:
        digest.update(f"\0{part.first}\0{part.last}".encode())
    return digest.hexdigest()[:20]
