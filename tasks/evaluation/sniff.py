"""Which kind of data set a path leads to, told by what is there."""

import csv
from pathlib import Path
from typing import Final

from tasks import manifest
from tasks.errors import SourceError
from tasks.params import Columns, Data
from tasks.sources import parquet, store, tables, webdataset
from tasks.sources.rows import ENDINGS
from tasks.sources.tables import DAMAGED

PREPARED: Final = "prepared"
# What columns are called in the wild, in lower case; the first that is there is taken.
PATHS: Final = ("path", "file", "filename", "file_name", "filepath", "image", "image_path", "img", "name")
LABELS: Final = ("label", "emotion", "expression", "class", "target")
SPLITS: Final = ("split", "usage", "set", "subset", "partition")

_TEXTS: Final = tuple(ending for ending in ENDINGS if ending != ".parquet")


def sniff(path: str) -> str:
    """``prepared``, or the kind (a key of ``tasks.sources.SOURCES``) of the data set at ``path``.

    A folder with a manifest is prepared. One with tables (.parquet, .arrow) or tars is these; one with a single list
    (.csv, .tsv) and no folders is that list; any other folder, and every zip, holds class folders.

    Raises:
        SourceError: nothing there, or no data set that is known.
    """
    plain = store.plain(path)
    if not store.is_url(plain) and not Path(plain).exists():
        raise SourceError(
            f"source: nothing at {path!r}. Give a prepared folder, class folders or a zip of them, "
            "a FER-2013 CSV, a listing, Parquet files or tars"
        )
    return _file(plain) if store.describe(plain) is not None else _folder(plain)


def data(settings: Data, kind: str, path: str) -> Data:
    """``settings`` for the data set at ``path``, with columns by their usual names where the named are not there."""
    found = settings.model_copy(update={"source": kind, "path": path})
    if kind not in ("listing", "parquet"):
        return found
    names = _header(store.plain(path), kind)
    if not names or settings.columns.path.isdecimal():
        return found
    usual = (
        {"path": PATHS, "label": LABELS, "split": SPLITS} if kind == "listing" else {"label": LABELS, "split": SPLITS}
    )
    columns = {
        key: name
        for key, known in usual.items()
        if (name := _column(getattr(settings.columns, key), key, known, names))
    }
    return found.model_copy(update={"columns": settings.columns.model_copy(update=columns)})


def _file(path: str) -> str:
    name = path.lower()
    if name.endswith(".zip"):
        return "class-folders"
    if name.endswith(webdataset.ENDINGS):
        return "webdataset"
    if name.endswith(parquet.ENDINGS):
        return "parquet"  # it follows a column of paths, too
    if name.endswith(_TEXTS):
        header = {cell.strip().lower() for cell in _cells(path)}
        return "fer2013-csv" if {"emotion", "pixels"} <= header else "listing"
    raise SourceError(
        f"source: {path!r} is no data set that is known by its name. Known: a folder, .zip, .csv, .tsv, .txt, "
        ".parquet, .arrow, .tar. Or set data.source"
    )


def _folder(path: str) -> str:
    listed = [found.name for found in store.walk(path)]
    if manifest.NAME in listed:
        return PREPARED
    lower = [name.lower() for name in listed]
    if any(name.endswith(parquet.ENDINGS) for name in lower):
        return "parquet"
    if any(name.endswith(webdataset.ENDINGS) for name in lower):
        return "webdataset"
    lists = [name for name in listed if "/" not in name and name.lower().endswith((".csv", ".tsv", ".csv.gz"))]
    if len(lists) == 1 and not any("/" in name for name in listed):
        return _file(store.join(path, lists[0]))
    return "class-folders"


def _header(path: str, kind: str) -> list[str]:
    """Names of columns; none where they cannot be had: then the source says what is wrong."""
    try:
        if store.describe(path) is None:
            endings = parquet.ENDINGS if kind == "parquet" else ENDINGS
            named = sorted(found.name for found in store.walk(path) if found.name.lower().endswith(endings))
            if not named:
                return []
            path = store.join(path, named[0])
        if path.lower().endswith(parquet.ENDINGS):
            with tables.opened(path) as table:
                return list(table.schema.names)
        return [cell.strip() for cell in _cells(path)]
    except (SourceError, *DAMAGED):
        return []


def _cells(path: str) -> list[str]:
    """Those of the first line."""
    with store.unzipped(path) as stream:
        line = stream.readline(1 << 16).decode("utf-8-sig", "replace")
    delimiter = next((one for one in "\t,;" if one in line), ",")
    return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])


def _column(asked: str, key: str, known: tuple[str, ...], names: list[str]) -> str | None:
    """Another name for the column ``key`` where the default one is not there; a name that was chosen stays."""
    if asked in names or asked != getattr(Columns(), key):
        return None
    lower = {name.strip().lower(): name for name in reversed(names)}
    return next((lower[name] for name in known if name in lower), None)
