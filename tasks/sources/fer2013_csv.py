"""The original FER-2013 file: ``emotion,pixels,Usage``, one face of 48 x 48 grey levels per row, also gzipped.

Goodfellow et al., "Challenges in Representation Learning: A report on three machine learning contests", 2013.
"""

import csv
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.errors import SourceError
from tasks.params import Data
from tasks.schema import IMAGE_SIZE, UNKNOWN
from tasks.sources import store
from tasks.sources.source import BRING, Chunk, Plan, Record
from tasks.sources.tally import Tally
from tasks.sources.words import DEFAULT, Meaning, Words, unknown, words

# The file's own numbers; EMOTIONS is alphabetical, they are not.
NUMBERS: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES: Final = {"training": "training", "publictest": "public", "privatetest": "private"}
VALUES: Final = IMAGE_SIZE * IMAGE_SIZE

_LEVELS: Final = {b"%d" % level: level for level in range(256)}
_BOM: Final = b"\xef\xbb\xbf"


class Header(NamedTuple):
    """Where the columns are."""

    columns: int
    emotion: int
    pixels: int
    usage: int | None  # a file without it is all training


class Row(NamedTuple):
    """One row, its pixels still text."""

    split: str
    emotion: str  # the number, as the file has it
    pixels: bytes


def plan(data: Data, rows: int) -> Plan:
    """Scan the file once: check each row's emotion and Usage, note the byte where each chunk starts.

    Raises:
        ParamsError: labels or splits that cannot be used.
        SourceError: a missing, damaged or empty file, a missing column, an unknown Usage, not one known emotion.
    """
    path = store.locate(store.plain(data.path), (".csv", ".csv.gz"), "CSV file")
    vocabulary, usages = words(data, NUMBERS), _usages(data)
    tally, digest = Tally(), sha256()
    offsets: list[int] = []
    count = 0
    with store.unzipped(path) as stream:
        first = stream.readline()
        header = parse_header(first, path)
        offset = len(first)
        digest.update(first)
        for line in stream:
            digest.update(line)
            if not line.isspace():
                row = parse_row(line, header, count, usages)
                tally.add(row.emotion, _meaning(row, vocabulary))
                if count % rows == 0:
                    offsets.append(offset)
                count += 1
            offset += len(line)
    if not count:
        raise SourceError(f"data.path: {path!r} holds a header and no rows. {BRING}")
    chunks = tuple(
        Chunk(index, data.source, path, index * rows, min(rows, count - index * rows), data, offset)
        for index, offset in enumerate(offsets)
    )
    warnings = tally.warnings(path)
    if header.usage is None:
        warnings.append(f"{path.rpartition('/')[2]} has no column Usage: all rows are training")
    return Plan(chunks, tuple(warnings), digest.hexdigest())


def read(chunk: Chunk) -> Iterator[Record]:
    """Yield the chunk's rows; a damaged pixel row or an unknown emotion becomes a record with ``error``.

    Raises:
        SourceError: as ``plan``, when the file changed since.
    """
    vocabulary, usages = words(chunk.data, NUMBERS), _usages(chunk.data)
    with store.unzipped(chunk.path) as stream:
        header = parse_header(stream.readline(), chunk.path)
        stream.seek(chunk.offset)
        number = chunk.start
        while number < chunk.start + chunk.rows:
            line = stream.readline()
            if not line:
                raise SourceError(f"data.path: {chunk.path!r} ends before row {number}: it changed while being read")
            if line.isspace():
                continue
            row = parse_row(line, header, number, usages)
            split, label, reason, detail = _meaning(row, vocabulary)
            key = f"row-{number:07d}"
            pixels = parse_pixels(row.pixels)
            if isinstance(pixels, Broken):
                yield Record(key, split, label, error=pixels.error, reason=pixels.reason)
            elif reason:
                yield Record(key, split, label, pixels=pixels, error=detail, reason=reason)
            else:
                yield Record(key, split, label, pixels=pixels)
            number += 1


def parse_header(line: bytes, name: str) -> Header:
    """Find the columns by name, in any order, case and padding.

    Raises:
        SourceError: a column is missing; it is named.
    """
    fields = [field.strip() for field in _fields(line.removeprefix(_BOM), "the header")]
    names = [field.lower() for field in fields]
    missing = [column for column in (b"emotion", b"pixels") if column not in names]
    if missing:
        received = ", ".join(_shown(field) for field in fields[:8])
        wanted = " and ".join(repr(column.decode()) for column in missing)
        raise SourceError(f"data.path: {name!r} has no column {wanted}. Received: {received}")
    usage = names.index(b"usage") if b"usage" in names else None
    return Header(len(names), names.index(b"emotion"), names.index(b"pixels"), usage)


def parse_row(line: bytes, header: Header, number: int, usages: Mapping[str, str] = USAGES) -> Row:
    """Split one line; ``number`` is its row, counted from 0, ``usages`` maps words in lower case to splits.

    Raises:
        SourceError: another number of columns, an unknown Usage.
    """
    fields = _fields(line, f"row {number}")
    if len(fields) != header.columns:
        raise SourceError(
            f"data.path: row {number} has {len(fields)} columns, the header has {header.columns}: is the file cut off?"
        )
    emotion = fields[header.emotion].strip().decode("utf-8", "backslashreplace")
    if header.usage is None:
        return Row(DEFAULT, emotion, fields[header.pixels])
    usage = fields[header.usage].strip()
    split = usages.get(usage.decode("ascii", "replace").lower())
    if split is None:
        raise SourceError(
            f"data.path: row {number} has Usage {_shown(usage)}. Known: Training, PublicTest, PrivateTest; "
            "data.splits can add to them"
        )
    return Row(split, emotion, fields[header.pixels])


class Broken(NamedTuple):
    """Why a pixel row is no image."""

    reason: str
    error: str


def parse_pixels(text: bytes) -> npt.NDArray[np.uint8] | Broken:
    """(48, 48) grey levels from 2,304 numbers 0..255 between spaces, or what is wrong with them."""
    # Only digits and spaces left: fromstring can then neither stop early nor warn, and is 4x as fast as split().
    if text and not text.translate(None, b"0123456789 ") and not text.isspace():
        levels = np.fromstring(text, np.int64, sep=" ")
        if levels.size == VALUES and levels.max() <= 255 and levels.min() >= 0:
            return levels.astype(np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    tokens = text.split()
    if len(tokens) != VALUES:
        return Broken("wrong_size", f"{len(tokens):,} values, expected {VALUES:,}")
    values = [_LEVELS.get(token.lstrip(b"0") or b"0") for token in tokens]
    if None in values:
        position = values.index(None)
        return Broken("undecodable", f"value {position:,} is {_shown(tokens[position])}, expected 0..255")
    return np.array(values, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)


def _usages(data: Data) -> dict[str, str]:
    return {**USAGES, **{word.strip().lower(): split for word, split in data.splits.items()}}


def _meaning(row: Row, vocabulary: Words) -> Meaning:
    label = vocabulary.label(row.emotion)
    if label == UNKNOWN:
        return Meaning(row.split, label, "unknown_label", unknown(row.emotion))
    return Meaning(row.split, label)


def _fields(line: bytes, where: str) -> list[bytes]:
    line = line.rstrip(b"\r\n")
    if b'"' not in line:
        return line.split(b",")
    try:
        # latin-1 maps every byte to one character and back
        return [field.encode("latin-1") for field in next(csv.reader([line.decode("latin-1")]))]
    except csv.Error as error:
        raise SourceError(f"data.path: {where} is not CSV: {error}") from None


def _shown(field: bytes) -> str:
    return repr(field[:40].decode("utf-8", "replace"))
