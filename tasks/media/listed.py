"""Lists of files: a text file with one per line, or a CSV or Parquet file with a column ``source``."""

import csv
import io
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import MediaError, SourceError
from tasks.media.archive import explain
from tasks.media.paths import open_regular
from tasks.urls import folder_of, is_url, join, plain, shown

COLUMN: Final = "source"
_PARQUET: Final = b"PAR1"


def read(file: str) -> list[str]:
    """The files, folders and URLs that the list ``file``, a path or URL, names; a relative one is relative to it.

    Names are taken as they stand: they are no patterns. Blank lines are passed over, and what was named before.

    Raises:
        SourceError: the list is missing, cannot be read, has no column ``source``, or names nothing.
    """
    place = plain(file)
    try:
        with open_regular(place) as stream:
            data = stream.read()
        names = _parquet(data) if data.startswith(_PARQUET) else _lines(place, data)
    except (OSError, MediaError, pa.ArrowException, csv.Error) as error:
        raise SourceError(f"@{shown(file)}: the list cannot be read: {explain(error)}") from None
    except KeyError:
        raise SourceError(f"@{shown(file)}: the list has no column '{COLUMN}'") from None
    root = folder_of(shown(place) if is_url(place) else place)
    found = list(dict.fromkeys(_joined(root, name) for name in names if name and not name.isspace()))
    if not found:
        raise SourceError(f"@{shown(file)}: the list names no files")
    return found


def _lines(place: str, data: bytes) -> list[str]:
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    name = shown(place).partition("?")[0].lower()
    if not name.endswith((".csv", ".tsv")):
        return [line.removesuffix("\r") for line in text.split("\n")]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if name.endswith(".tsv") else ",")
    if COLUMN not in (rows.fieldnames or ()):
        raise KeyError(COLUMN)
    return [row[COLUMN] or "" for row in rows]


def _parquet(data: bytes) -> list[str]:
    file = pq.ParquetFile(pa.BufferReader(data))
    if COLUMN not in file.schema_arrow.names:
        raise KeyError(COLUMN)
    return [name or "" for name in file.read([COLUMN])[COLUMN].cast(pa.string()).to_pylist()]


def _joined(root: str, name: str) -> str:
    if is_url(name):
        return plain(name)
    return name if name.startswith("/") or root == "." else join(root, name)
