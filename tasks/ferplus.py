"""The files of FER+: votes per row of fer2013.csv, and which row each file of the class folders is.

Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label distribution", 2016.
Row n of FER+ is row n of fer2013.csv; the number inside its column `Image name` is not, from row 59 on.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import fsspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.errors import SourceError

# FER+'s own words, in the order of ``schema.CHOICES``; its columns have another order.
COLUMNS: Final = (
    "anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise", "contempt", "unknown", "NF",
)  # fmt: skip
USAGES: Final = {"training": "training", "publictest": "public", "privatetest": "private"}  # word -> split

_MOST = 9_999  # votes of one kind for one image
_ROWS = 999_999_999

Rows = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int16]
Usages = npt.NDArray[np.int8]


class Place(NamedTuple):
    """Where a file is looked for, and what to do where it is not as it should be."""

    option: str
    path: str
    name: str  # of the file, where ``path`` is a folder
    remedy: str

    def error(self, problem: str) -> SourceError:
        """An error about this file; ``problem`` follows its path."""
        return SourceError(f"{self.option}: {self.path!r} {problem}. {self.remedy}")

    def missing(self, need: str = "") -> SourceError:
        """An error that this file is not there, and why it is needed."""
        return SourceError(f"{self.option}: no {self.name} at {self.path!r}{need}. {self.remedy}")


@dataclass(frozen=True, eq=False)
class Join:
    """Which row each file of the class folders is; Arrow arrays of distinct strings beside the rows of each."""

    files: Any
    file_rows: Rows
    names: Any  # without their folders
    name_rows: Rows


def content(place: Place) -> bytes | None:
    """The whole file, or None where there is none."""
    try:
        system, path = fsspec.core.url_to_fs(place.path)
        if not path.lower().endswith((".csv", ".csv.gz")) and system.isdir(path):
            path = f"{path.rstrip('/')}/{place.name}"
        with system.open(path, "rb", compression="infer") as stream:
            return bytes(stream.read())
    except FileNotFoundError:
        return None
    except Exception as error:  # each file system has errors of its own
        raise place.error(f"cannot be read: {' '.join(str(error).split()) or type(error).__name__}") from error


def parse_votes(data: bytes, place: Place) -> tuple[Counts, Usages]:
    """Counts (rows, len(CHOICES)) and usages (rows,) of ``data``, columns in any order.

    Raises:
        SourceError: a column is missing or twice there, a row has another length, an unknown usage or no whole
            number, there are no rows.
    """
    columns = _columns(data, ("Usage", *COLUMNS), place)
    counts = np.stack([_numbers(columns[name], name, _MOST, place) for name in COLUMNS], axis=1)
    return counts.astype(np.int16), _usages(columns["Usage"], place)


def parse_join(data: bytes, place: Place, usages: Usages) -> Join:
    """Read which file is which row. A file or name that stands there twice has no certain row and is left out.

    Args:
        usages: (rows,) those of the votes.

    Raises:
        SourceError: as ``parse_votes``, or a row that the votes do not have or have in another usage.
    """
    columns = _columns(data, ("row", "usage", "file"), place)
    rows = _numbers(columns["row"], "row", _ROWS, place)
    if rows.max() >= len(usages):
        raise place.error(f"names row {rows.max()}, the votes have {len(usages):,} rows: joins another file")
    wrong = np.flatnonzero(usages[rows] != _usages(columns["usage"], place))
    if wrong.size:
        raise place.error(f"has another usage than the votes for row {rows[wrong[0]]}: joins another file")
    keys = [file.replace("\\", "/") for file in columns["file"]]
    return Join(*_distinct(keys, rows), *_distinct([key.rpartition("/")[2] for key in keys], rows))


def _columns(data: bytes, wanted: Sequence[str], place: Place) -> dict[str, list[str]]:
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        header = [field.strip().lower() for field in next(lines, [])]
        rows = [row for row in lines if len(row) > 1 or "".join(row).strip()]
    except (UnicodeDecodeError, csv.Error) as error:
        raise place.error(f"is no CSV file ({error})") from None
    for name in wanted:
        if header.count(name.lower()) != 1:
            given = ", ".join(repr(field[:40]) for field in header[:12]) or "an empty file"
            raise place.error(f"needs one column {name!r}. Received: {given}")
    short = next((number for number, row in enumerate(rows) if len(row) != len(header)), None)
    if short is not None:
        raise place.error(f"has {len(rows[short])} columns in row {short}, {len(header)} in the header: is it cut off?")
    if not rows:
        raise place.error("holds a header and no rows")
    return {name: [row[at] for row in rows] for name in wanted for at in [header.index(name.lower())]}


def _numbers(fields: list[str], name: str, most: int, place: Place) -> Rows:
    digits = len(str(most))
    texts = [field.strip() for field in fields]  # of more kinds of space than int() takes
    for row, text in enumerate(texts):
        if not (text.isascii() and text.isdigit() and len(text) <= digits):
            raise place.error(f"has {fields[row][:40]!r} as {name} in row {row}, expected a number 0..{most}")
    return np.array([int(text) for text in texts], np.int64)


def _usages(fields: list[str], place: Place) -> Usages:
    codes = {word: code for code, word in enumerate(USAGES)}
    found = [codes.get(field.strip().lower(), -1) for field in fields]
    if -1 in found:
        row = found.index(-1)
        raise place.error(f"has usage {fields[row][:40]!r} in row {row}. Known: Training, PublicTest, PrivateTest")
    return np.array(found, np.int8)


def _distinct(keys: list[str], rows: Rows) -> tuple[Any, Rows]:
    """Those keys that stand there once, and their rows."""
    coded = pa.array(keys, pa.string()).dictionary_encode()
    codes = coded.indices.to_numpy()
    once = np.flatnonzero(np.bincount(codes)[codes] == 1)
    return coded.dictionary.take(pa.array(codes[once])), rows[once]
