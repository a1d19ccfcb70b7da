"""The output folder of a run: who may write to it, and what run.json says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasks.errors import OutputError, UsageError
from tasks.score import audit, store

RUN = "run.json"
LOCK = store.LOCK
FORGETTING = ".forgetting.json"  # what `forget` is removing; it stands until all is gone


@contextmanager
def claim(
    out: str | Path | store.Store, fingerprint: str, resume: bool, overwrite: bool, say: store.Say = lambda _: None
) -> Iterator[dict[str, Any] | None]:
    """Hold ``out`` for one run while the block runs; yield its run.json when there is nothing left to resume.

    ``say`` is told what the user should know.

    Raises:
        OutputError: another run works there now; it holds an earlier run (and neither ``resume`` nor ``overwrite``
            was said, or its fingerprint is another one); or it holds something that no run wrote.
    """
    place = store.at(out)
    with place.held(say):
        earlier = _check(place, fingerprint, resume, overwrite)
        yield earlier if earlier is not None and earlier.get("state") == "finished" else None


def read(out: str | Path | store.Store) -> dict[str, Any] | None:
    """run.json of the run in ``out``; None where there is none."""
    try:
        with store.at(out).open(RUN) as stream:
            found = json.load(stream)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def need(out: str | Path | store.Store) -> dict[str, Any]:
    """run.json of the run in ``out``.

    Raises:
        UsageError: there is none.
    """
    place = store.at(out)
    if (run := read(place)) is None:
        raise UsageError(
            f"no run in '{place.name}' (run.json is missing). Give a folder that `fermata score --out` wrote"
        )
    return run


def _check(place: store.Store, fingerprint: str, resume: bool, overwrite: bool) -> dict[str, Any] | None:
    """The earlier run to go on with; None for a new one."""
    held = [name for name in place.entries() if name != audit.NAME]  # which outlives what is replaced
    if not held:
        return None
    earlier = read(place)
    if earlier is None or "fingerprint" not in earlier:
        raise OutputError(f"--out: '{place.name}' holds files of something else ('{held[0]}', ...). Use another folder")
    if overwrite:
        place.remove(held)
        return None
    if not resume:
        state = "finished" if earlier.get("state") == "finished" else "unfinished"
        raise OutputError(
            f"--out: '{place.name}' already holds a run ({state}, {earlier.get('started')}). "
            "Use --resume to go on with it, --overwrite to replace it, or another folder"
        )
    check_whole(place)
    if earlier.get("fingerprint") != fingerprint:
        raise OutputError(
            f"--resume: '{place.name}' holds results of another model, detector or sampling, "
            "or with crops and now without, or the other way round. Use the same, or --overwrite, or another folder"
        )
    return earlier


def check_whole(place: store.Store) -> None:
    """Make sure that nothing is half forgotten in ``place``.

    Raises:
        OutputError: it is.
    """
    if FORGETTING in place.entries():
        raise OutputError(f"'{place.name}': `fermata forget` was stopped there. Run it again, then this")
