"""What every data set source has in common: a plan of chunks on the driver, records of a chunk on a worker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.errors import SourceError
from tasks.params import Data

BRING = 'Put FER-2013 there (README, "Bring FER-2013") or set data.source: synthetic'


class Member(NamedTuple):
    """One file of a class folder; the fields after ``label`` say where it lies inside a zip."""

    name: str  # relative to the folder, or as the zip has it
    split: str
    label: int
    offset: int = 0  # bytes, of the local header
    packed: int = 0  # bytes in the zip
    size: int = 0  # bytes once unpacked
    method: int = 0
    crc: int = 0
    encrypted: bool = False


@dataclass(frozen=True)
class Chunk:
    """A run of consecutive images that one worker reads; picklable, and all that the worker needs.

    Attributes:
        index: position in the plan, from 0.
        source: name in ``SOURCES``.
        path: the file or folder to open; not read by ``synthetic``.
        start: number of the first image.
        rows: number of images.
        data: the parameters that the plan was made from.
        offset: byte of the first row in the unpacked CSV.
        members: the files, for class folders.
    """

    index: int
    source: str
    path: str
    start: int
    rows: int
    data: Data
    offset: int = 0
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, eq=False)
class Record:
    """One labelled image as its source has it.

    Attributes:
        key: unique and stable name in the data set.
        split: the source's split, before a validation set is carved.
        label: index into ``schema.EMOTIONS``.
        data: the encoded original, or None.
        pixels: (h, w) grey levels where the source holds no file, or None.
        error: why there is neither, or None.
        reason: one of ``schema.REASONS``, with ``error`` only.
    """

    key: str
    split: str
    label: int
    data: bytes | None = None
    pixels: npt.NDArray[np.uint8] | None = None
    error: str | None = None
    reason: str = "undecodable"


@dataclass(frozen=True)
class Plan:
    """The chunks in order, and what the user should know about the data set."""

    chunks: tuple[Chunk, ...]
    warnings: tuple[str, ...] = ()


class Source(NamedTuple):
    """One kind of data set.

    ``plan(data, rows)`` cuts it into chunks of at most ``rows`` images and raises SourceError when it cannot be
    used; ``read(chunk)`` yields one record per image, in order, whatever state the image is in.
    """

    plan: Callable[[Data, int], Plan]
    read: Callable[[Chunk], Iterator[Record]]


def locate(path: str, endings: tuple[str, ...], kind: str) -> Path:
    """The file at ``path``, or the only one in the folder ``path`` whose name has one of ``endings``.

    Raises:
        SourceError: no such file, several in the folder, or a folder that cannot be listed.
    """
    place = Path(path)
    try:
        found = (
            sorted(one for one in place.iterdir() if one.name.lower().endswith(endings) and one.name[0] != ".")
            if place.is_dir()
            else [place]
        )
    except OSError as error:
        raise SourceError(f"data.path: {path!r} cannot be listed: {error.strerror}") from None
    if len(found) > 1:
        names = ", ".join(one.name for one in found[:5])
        raise SourceError(f"data.path: {path!r} holds {len(found)} such files ({names}). Name one of them")
    if not found or not found[0].is_file():
        raise SourceError(f"data.path: no {kind} at {path!r}. {BRING}")
    return found[0]
