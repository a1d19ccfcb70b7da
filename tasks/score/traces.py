"""Whether anything below a folder still names what was to be forgotten."""

import html
import json
import mmap
import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from tasks.score import folder

Key = tuple[str, str | None]  # source and member

# A name that is part of a longer one is another name.
_BEFORE, _BEHIND = rb"(?<![\w./\\\x80-\xff-])", rb"(?![\w/\\\x80-\xff-]|\.\w)"
_SHORTEST: Final = 6  # bytes of a name; shorter ones stand in any file, and are looked for in the tables' columns alone
_AT_ONCE: Final = 100  # names in an expression
_HASH: Final = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class Traces:
    """What must not be found: entries, contents, and sources of which nothing stays."""

    keys: Set[Key]
    hashes: Set[str]
    whole: Set[str]

    @property
    def names(self) -> set[str]:
        """As texts name them: `source`, `source::member`."""
        members = {f"{source}::{member}" for source, member in self.keys if member is not None}
        return set(self.whole) | members


def among(table: pa.Table, keys: Iterable[Key]) -> Any:
    """Which rows of ``table`` are of the entries ``keys``: booleans."""
    wanted = pa.array([source if member is None else f"{source}\0{member}" for source, member in keys], pa.string())
    joined = pc.binary_join_element_wise(table["source"], table["member"], "\0")  # null where there is no member
    return pc.is_in(pc.coalesce(joined, table["source"]), wanted)


def left(out: Path, wanted: Traces) -> dict[str, int]:
    """Traces by file below ``out``: rows, texts in columns, and bytes of names and hashes anywhere in a file."""
    paths = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name not in _PASSED]
    patterns = list(_patterns(wanted, paths))
    found = {}
    for path in paths:
        name = path.relative_to(out).as_posix()
        count = _bytes(path, patterns, wanted) + sum(_hits(pattern, name.encode()) for pattern in patterns)
        if path.suffix == ".parquet":
            count += sum(_rows(table, wanted) for table in _tables(path))
        if count:
            found[name] = count
    return found


_PASSED: Final = (folder.LOCK, folder.FORGETTING)


def _tables(path: Path) -> Iterator[pa.Table]:
    schema = pq.read_schema(path)
    columns = [field.name for field in schema if _text(field.type) or field.name == "member"]
    for batch in ds.dataset(path).to_batches(columns=columns, batch_readahead=1):
        yield pa.Table.from_batches([batch])


def _text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))


def _rows(table: pa.Table, wanted: Traces) -> int:
    count = 0
    if {"source", "member"} <= set(table.column_names):
        count += pc.sum(among(table, wanted.keys)).as_py() or 0
    words = pa.array(wanted.names | set(wanted.hashes), pa.string())
    for name in table.column_names:
        if name != "member":  # a member of this name may be in another archive
            count += pc.sum(pc.is_in(table[name].cast(pa.string()), words)).as_py() or 0
    return int(count)


def _patterns(wanted: Traces, paths: list[Path]) -> Iterator[re.Pattern[bytes]]:
    """Expressions whose group ``name`` is a name that was forgotten; longer names that stay are passed over."""
    names = sorted(name for name in wanted.names if len(name.encode("utf-8", "surrogatepass")) >= _SHORTEST)
    staying = _staying(names, paths)
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        longer = {form for name in staying if any(one in name for one in some) for form in _forms(name)}
        forms = {form for name in some for form in _forms(name)}
        passed = b"|".join(re.escape(form) for form in sorted(longer, key=len, reverse=True))
        named = b"|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        yield re.compile((passed + b"|" if passed else b"") + _BEFORE + b"(?P<name>" + named + b")" + _BEHIND)


def _staying(names: list[str], paths: list[Path]) -> set[str]:
    """Sources in the tables that contain one of ``names`` and are another."""
    found: set[str] = set()
    for path in paths:
        if path.parent.name == "files" and path.suffix == ".parquet":
            column = pq.read_table(path, columns=["source"])["source"].unique()
            for name in names:
                found |= set(column.filter(pc.match_substring(column, name)).to_pylist())
    return found - set(names)


def _forms(name: str) -> set[bytes]:
    """How JSON, HTML and plain texts write it."""
    texts = {name, json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1], html.escape(name)}
    return {text.encode("utf-8", "surrogatepass") for text in texts}


def _bytes(path: Path, patterns: list[re.Pattern[bytes]], wanted: Traces) -> int:
    if not path.stat().st_size:
        return 0
    hashes = {sha256.encode() for sha256 in wanted.hashes}
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        named = sum(_hits(pattern, data) for pattern in patterns)
        return named + sum(match.group() in hashes for match in _HASH.finditer(data))


def _hits(pattern: re.Pattern[bytes], data: Any) -> int:
    return sum(match.group("name") is not None for match in pattern.finditer(data))
