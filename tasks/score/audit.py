"""audit.jsonl: who labelled or forgot what in a folder, with which model and why; records are added, never changed.

Each record holds the SHA-256 of the line before it, so that one which is changed, removed or put in between breaks the
chain. Of the end nothing in the log can speak: run.json says how many records there were, and the last one's digest.

No source is named. A record has a digest of each with a salt of its own: whoever knows a name can show that it was
meant, and nobody else can tell which it was, also once it is forgotten.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tasks.score.store import Folder, Store

NAME: Final = "audit.jsonl"
FIRST: Final = "0" * 64  # stands for the line before the first
_MOST: Final = 100  # sources of a record with digests of their own

Record = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """The end of a log: how many records, and the last line's SHA-256."""

    records: int
    sha256: str


def append(target: Store, record: Mapping[str, Any]) -> Head:
    """Add ``record`` with its time, number and the digest of the line before.

    In a folder any number of processes may do so at once. Of a bucket only its holder may, as of everything there.
    """
    if isinstance(target, Folder):
        return _in_file(target.root / NAME, record)
    data = _read(target)
    line = _line(data, record)
    target.put(NAME, data + line)
    return head(_lines(data + line))


def _in_file(path: Path, record: Mapping[str, Any]) -> Head:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        data = stream.read()
        line = _line(data, record)
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())
        return head(_lines(data + line))


def _line(data: bytes, record: Mapping[str, Any]) -> bytes:
    torn = b"" if data.endswith(b"\n") or not data else b"\n"  # a write that was cut off stays, as a broken record
    end = head(_lines(data + torn))
    time = datetime.now(UTC).isoformat(timespec="seconds")
    whole = {"number": end.records + 1, "time": time, **record, "previous": end.sha256}
    return torn + json.dumps(whole, sort_keys=True, ensure_ascii=True, allow_nan=False).encode() + b"\n"


def head(lines: Sequence[bytes]) -> Head:
    """The end of a log of these lines."""
    return Head(len(lines), _sha256(lines[-1]) if lines else FIRST)


def read(target: Store) -> list[bytes]:
    """The lines of a log; none where there is no log."""
    return _lines(_read(target))


def _lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _read(target: Store) -> bytes:
    try:
        with target.open(NAME) as stream:
            return stream.read()
    except FileNotFoundError:
        return b""


def problems(lines: Sequence[bytes], anchors: Iterable[Mapping[str, Any]] = ()) -> Iterator[str]:
    """What is wrong with a log, one line each; nothing where it is whole.

    Args:
        anchors: what run.json said of its end, of the run and of its versions.
    """
    before, following = FIRST, 1
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError
        except ValueError:
            yield f"record {number} is no record"
        else:
            if record.get("number") != following:
                yield f"record {number} says that it is number {record.get('number')}, and {following} would follow"
            following = record["number"] if isinstance(record.get("number"), int) else following
            if record.get("previous") != before:
                yield f"record {number} does not follow the one before it: one of both was changed, or one is missing"
        before, following = _sha256(line), following + 1
    for anchor in anchors:
        at, digest = anchor["records"], anchor["sha256"]
        if at > len(lines):
            yield f"there are {len(lines)} records, and run.json knows of {at}"
        elif _sha256(lines[at - 1]) != digest:
            yield f"record {at} is not the one that run.json knows"


def anchor(end: Head) -> dict[str, Any]:
    """What run.json says of the end of the log."""
    return {"records": end.records, "sha256": end.sha256}


def digests(names: Sequence[str]) -> dict[str, Any]:
    """How many names, and a salted digest of each; of very many one of all."""
    salt = secrets.token_hex(8)
    each = names if len(names) <= _MOST else ["\0".join(sorted(names))]
    return {"count": len(names), "salt": salt, "sha256": sorted(named(salt, name) for name in each)}


def named(salt: str, name: str) -> str:
    """The digest that a record with ``salt`` has of ``name``."""
    return _sha256(f"{salt}\0{name}".encode("utf-8", "surrogatepass"))


def record(
    action: str, who: Mapping[str, Any], purpose: str, model: Mapping[str, Any], run_id: str, **more: Any
) -> Record:
    """A record of an ``action``: score, rescore or forget.

    Args:
        who: user and host, and of a run of Prefect's its deployment and name.
        model: as run.json describes it.
        more: counts, sources and whatever else there is to say.
    """
    known = {"name": model.get("name"), "version": model.get("version"), "digest": model.get("digest")}
    return {"action": action, "who": dict(who), "purpose": purpose, "model": known, "run_id": run_id, **more}


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
