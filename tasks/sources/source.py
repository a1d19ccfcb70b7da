"""What every data set source has in common: a plan of chunks on the driver, records of a chunk on a worker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.errors import MediaError, RefusedError, TooLargeError
from tasks.params import Data
from tasks.sources.spans import Span

BRING = 'Put FER-2013 there (README, "Bring FER-2013") or set data.source: synthetic'
LIMIT: Final = 256 << 20  # bytes of one picture; more is a bomb or no face


class Entry(NamedTuple):
    """Where a file lies inside an archive."""

    offset: int  # bytes: of a zip's local header, of a tar's content
    packed: int  # bytes in the archive
    method: int = 0
    crc: int = 0


class Found(NamedTuple):
    """One file as a folder, a store or an archive lists it."""

    name: str  # relative to what was listed
    size: int  # bytes once unpacked; 0 where nothing is known
    tag: str  # another one for another content: time of the last change, a checksum, or what the store gives
    refusal: str = ""  # why it must not be opened
    entry: Entry | None = None


class Member(NamedTuple):
    """One file of a data set. Millions of them are held at once: what does not differ is one object for all."""

    key: str
    name: str  # of the file to read from, relative to the data set, or its URL
    split: str
    label: int
    group: str = ""
    reason: str = ""  # why it is rejected already, one of ``schema.REASONS``
    detail: str = ""
    size: int = -1  # bytes once unpacked; -1: not known
    entry: Entry | None = None

    @property
    def readable(self) -> bool:
        """Whether its bytes are to be read: also those of an unknown label, so that the reject has its picture."""
        return not self.reason or self.reason == "unknown_label"


@dataclass(frozen=True)
class Chunk:
    """A run of consecutive images that one worker reads; picklable, and all that the worker needs.

    Attributes:
        index: position in the plan, from 0.
        source: name in ``SOURCES``.
        path: the file, folder or URL to open; not read by ``synthetic``.
        start: number of the first image.
        rows: number of images.
        data: the parameters that the plan was made from.
        offset: byte of the first row in the unpacked CSV.
        members: the files, for folders, archives and listings.
        spans: the rows, for tables.
    """

    index: int
    source: str
    path: str
    start: int
    rows: int
    data: Data
    offset: int = 0
    members: tuple[Member, ...] = ()
    spans: tuple[Span, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Members as columns: thousands of named tuples take four times as long to pickle, and one process does it."""
        *columns, entries = zip(*self.members, strict=True) if self.members else ((),)
        return vars(self) | {"members": (columns, [entry and tuple(entry) for entry in entries])}

    def __setstate__(self, state: dict[str, Any]) -> None:
        columns, entries = state["members"]
        rows = zip(*columns, (entry and Entry._make(entry) for entry in entries), strict=True)
        vars(self).update(state | {"members": tuple(map(Member._make, rows))})


@dataclass(frozen=True, eq=False)
class Record:
    """One labelled image as its source has it.

    ``error`` says that the image is rejected. ``data`` or ``pixels`` may be there all the same, so that the reject
    can be looked at: an image whose label is no emotion is a whole picture.

    Attributes:
        key: unique and stable name in the data set.
        split: the source's split, before a validation set is carved.
        label: index into ``schema.EMOTIONS``, or ``schema.UNKNOWN``: with the reason `unknown_label`, or where the
            image could not be read either.
        data: the encoded original, or None.
        pixels: (h, w) grey levels or (h, w, 3) BGR where the source holds no file, or None.
        error: why it is rejected, or None.
        reason: one of ``schema.REASONS``, with ``error`` only.
        group: what must never cross a split, such as the subject; empty: nothing known.
    """

    key: str
    split: str
    label: int
    data: bytes | None = None
    pixels: npt.NDArray[np.uint8] | None = None
    error: str | None = None
    reason: str = "undecodable"
    group: str = ""


@dataclass(frozen=True)
class Plan:
    """The chunks in order, and what the user should know about the data set."""

    chunks: tuple[Chunk, ...]
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""  # hex digest: equal for equal content, whatever it is called; work folders are keyed by it


class Source(NamedTuple):
    """One kind of data set.

    ``plan(data, rows)`` cuts it into chunks of at most ``rows`` images and raises SourceError when it cannot be
    used, ParamsError when ``data`` cannot be; ``read(chunk)`` yields one record per image, in order, whatever state
    the image is in.
    """

    plan: Callable[[Data, int], Plan]
    read: Callable[[Chunk], Iterator[Record]]


def reason_of(error: MediaError) -> str:
    """The one of ``schema.REASONS`` that an image is rejected for."""
    if isinstance(error, TooLargeError):
        return "too_large"
    return "refused" if isinstance(error, RefusedError) else "undecodable"
