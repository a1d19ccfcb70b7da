"""Samples of a WebDataset tar: the files that share a name up to its first dot."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, NamedTuple

from tasks.errors import DecodeError
from tasks.params import Columns
from tasks.sources import tarred
from tasks.sources.layout import Place, junk, parts
from tasks.sources.source import Entry, Found
from tasks.sources.tables import word

ENDINGS: Final = ("jpg", "jpeg", "png", "webp", "bmp", "ppm", "pgm")

_LIMIT: Final = 1 << 20  # bytes of a label
_LONG: Final = 200  # bytes; no word is longer
_NOTHING: Final = Place("", "")


class Sample(NamedTuple):
    """One picture of a tar, and what its neighbours say of it."""

    picture: Found  # its name is that in the tar
    place: Place


class Content(NamedTuple):
    """One tar."""

    samples: list[Sample]
    refused: list[Found]
    bare: int  # samples without a picture
    damage: str  # what is wrong with the tar after these samples, or empty


def read(stream: BinaryIO, columns: Columns) -> Content:
    """Find the samples in one pass; pictures are passed over.

    The label is the text of ``.cls``, else the field ``columns.label`` of ``.json``, whose fields ``columns.split`` and
    ``columns.group`` are split and group. Of several pictures in one sample the first is taken.
    """
    pictures: dict[str, Found] = {}
    classes: dict[str, str] = {}
    fields: dict[str, Place] = {}
    refused: list[Found] = []
    damage = ""
    try:
        for name, offset, size, refusal in tarred.items(stream):
            if refusal:
                refused.append(Found(name, size, "", refusal))
                continue
            if junk(parts(name)):
                continue
            key, ending = _split(name)
            if ending.rpartition(".")[2] in ENDINGS:
                pictures.setdefault(key, Found(name, size, "", "", Entry(offset, size)))
            elif ending == "cls":
                classes[key] = _content(stream, offset, size)[:_LONG].decode("utf-8", "replace").strip()
            elif ending == "json":
                fields[key] = _fields(_content(stream, offset, size), columns)
            else:
                fields.setdefault(key, _NOTHING)
    except DecodeError as error:
        damage = str(error)
    samples = [Sample(picture, _place(key, classes, fields)) for key, picture in pictures.items()]
    return Content(samples, refused, len((classes.keys() | fields.keys()) - pictures.keys()), damage)


def _split(name: str) -> tuple[str, str]:
    """What a sample's files share, and what tells them apart."""
    folder, slash, file = name.rpartition("/")
    stem, _, ending = file.partition(".")
    return folder + slash + stem, ending.lower()


def _content(stream: BinaryIO, offset: int, size: int) -> bytes:
    if size > _LIMIT:
        return b""
    stream.seek(offset)
    return stream.read(size)


def _fields(content: bytes, columns: Columns) -> Place:
    try:
        value: Any = json.loads(content)
    except (ValueError, RecursionError):
        return Place("", "(damaged .json)")
    if not isinstance(value, dict):
        return _NOTHING
    return Place(*(_scalar(value.get(name)) if name else "" for name in (columns.split, columns.label, columns.group)))


def _scalar(value: Any) -> str:
    """A field as a word; lists and the like are none."""
    return word(value) if isinstance(value, str | int | float) else ""


def _place(key: str, classes: Mapping[str, str], fields: Mapping[str, Place]) -> Place:
    place = fields.get(key, _NOTHING)
    return place._replace(label=classes[key]) if key in classes else place
