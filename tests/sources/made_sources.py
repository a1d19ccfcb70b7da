"""What tests of sources share: small data sets, and reading them whole."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tasks.errors import SourceError
from tasks.params import Columns, Data
from tasks.schema import EMOTIONS, REASONS, UNKNOWN
from tasks.sources import SOURCES
from tasks.sources.source import Record

WORDS = ("angry", "happy", "Sad", "surprised")


def content(number: int) -> bytes:
    """Stands for a picture: sources do not decode."""
    return b"picture %d " % number * 20


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def make_folders(root: Path) -> Path:
    """40 files in two splits and four classes, and some junk."""
    for number in range(40):
        put(root / ("train" if number < 30 else "test") / WORDS[number % 4] / f"{number}.png", content(number))
    put(root / "train" / "happy" / ".DS_Store", b"junk")
    return root


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(folder.rglob("*"), reverse=True):
            archive.write(one, one.relative_to(folder))
    return path


def data(source: str, path: Path | str, columns: dict[str, str] | None = None, **more: Any) -> Data:
    return Data.model_validate({"source": source, "path": str(path), "columns": Columns(**(columns or {})), **more})


def records(wanted: Data, rows: int = 7) -> list[Record]:
    """All records, after checking what holds for every source."""
    source = SOURCES[wanted.source]
    found: list[Record] = []
    start = 0
    for index, chunk in enumerate(source.plan(wanted, rows).chunks):
        read = list(source.read(chunk))
        assert (chunk.index, chunk.start) == (index, start)
        assert chunk.rows == len(read) <= rows
        start += len(read)
        found += read
    for record in found:
        assert record.error is not None or record.data is not None or record.pixels is not None
        assert record.error is None or record.reason in REASONS
        assert UNKNOWN <= record.label < len(EMOTIONS)
        (record.key + record.split + record.group + (record.error or "")).encode()  # text, as tables hold it
    assert len({record.key for record in found}) == len(found)
    return found


def survives(wanted: Data) -> list[Record] | SourceError:
    """The records, or the one error that a damaged data set may raise."""
    try:
        return records(wanted)
    except SourceError as error:
        assert str(error).startswith("data.path: ")
        assert "\n" not in str(error)
        return error


def said(found: Iterable[Record]) -> dict[str, tuple[str, str, str]]:
    """Key -> split, emotion and group."""
    return {one.key: (one.split, EMOTIONS[one.label] if one.label >= 0 else "", one.group) for one in found}


def rejected(found: Iterable[Record]) -> dict[str, tuple[str, str | None]]:
    """Key -> reason and error of those that are rejected."""
    return {one.key: (one.reason, one.error) for one in found if one.error is not None}
