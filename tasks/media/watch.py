"""What a process reads is written down before it reads: whoever takes up its work knows what ended it.

Decoders run in native code. One that hangs, fills the memory or ends its process raises nothing that could be caught,
so a thread beside the work ends the process where it is over a limit, and leaves why. Decoders let other threads run.
"""

import errno
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from tasks.errors import DecodeError, FermataError, MediaError, MediaTimeoutError
from tasks.params import Limits

FOLDER: Final = ".watch"
DEATHS: Final = 3  # processes that may die, by themselves, of what one entry holds, before it is left alone
GRACE: Final = 10.0  # seconds over the limit, in which what looks at the time by itself stops and keeps its frames
_EVERY: Final = 0.1  # seconds between two looks at the time and the memory
_NOTHING: Final = ""  # is read: a model is loaded, faces are labelled, rows are written
_FAULTS: Final[dict[str, type[MediaError]]] = {one.status: one for one in (DecodeError, MediaTimeoutError)}


@dataclass
class _Past:
    """What earlier processes came to with the same work: deaths by what was read, and status and text of faults."""

    deaths: dict[str, int] = field(default_factory=dict)
    faults: dict[str, tuple[str, str]] = field(default_factory=dict)


class Watch:
    """One piece of work in this process."""

    def __init__(self, file: Path, past: _Past, limits: Limits, grace: float) -> None:
        self._past, self._limits, self._grace = past, limits, grace
        self._now = _NOTHING, time.monotonic()  # what is read, and since when: one tuple, as another thread looks
        self._process = psutil.Process()
        self._before = 0  # bytes of the process when it began to read
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
        self._file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._start = os.write(self._file, json.dumps([past.deaths, past.faults]).encode() + b"\n")
        self._say({"reads": _NOTHING})
        temporary.replace(file)

    def begin(self, key: str) -> None:
        """Say that ``key`` is read from now on; the time begins anew.

        Raises:
            MediaError: it has ended processes before, so it must not be read.
        """
        if fault := self._past.faults.get(key):
            raise _FAULTS[fault[0]](fault[1])
        if (died := self._past.deaths.get(key, 0)) >= DEATHS:
            raise DecodeError(f"{died} processes died while they read it, for want of memory or by a decoder's fault")
        before, _ = self._now
        if before == _NOTHING:
            self._before = self._process.memory_info().rss
        self._now = key, time.monotonic()
        if key != before:
            self._say({"reads": key})

    def rest(self) -> None:
        """Say that nothing is read from now on that could be at fault."""
        self.begin(_NOTHING)

    def spare(self) -> None:
        """Say that what is read is not at fault if this process ends."""
        self._say({"reads": None})

    def excess(self) -> tuple[str, MediaError] | None:
        """What is read and over a limit, and over which; None where all is well."""
        (key, since), limits = self._now, self._limits
        if time.monotonic() - since > limits.unit_seconds + self._grace:
            return key, MediaTimeoutError(f"took longer than {limits.unit_seconds:g} s (unit_seconds)")
        if key != _NOTHING and self._process.memory_info().rss - self._before > limits.unit_memory:
            return key, DecodeError(f"took more than {limits.unit_memory:,} bytes of memory (unit_memory)")
        return None

    def accuse(self, key: str, error: MediaError) -> None:
        """Write down that ``key`` is why this process ends; where it is nothing, that is a death like others."""
        self._say({"reads": key} if key == _NOTHING else {"reads": key, "fault": [error.status, str(error)]})

    def close(self) -> bool:
        """Write nothing more; return whether there is something to be remembered until the run ends.

        Dask does finished work again when its worker dies before the result is fetched.
        """
        self.spare()
        os.close(self._file)
        return bool(self._past.deaths or self._past.faults)

    def _say(self, now: dict[str, object]) -> None:
        # In one piece, and over what was said before: what is left of that stands behind the line's end.
        line = json.dumps(now).encode() + b"\n"
        if os.pwrite(self._file, line, self._start) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), FOLDER)


_running: set[Watch] = set()  # of this process: workers of other people's clusters may have several threads
_ending = threading.Lock()  # is held by who closes one of these, or ends them all


@contextmanager
def watched(out: Path, work: str, limits: Limits, grace: float = GRACE) -> Iterator[Watch]:
    """Do ``work``, a name for a file, as long as the block runs; end the process where that is over a limit.

    Args:
        out: the folder of the run, the same for all workers.
        limits: ``unit_seconds``, from one `Watch.begin` to the next; ``unit_memory``, by which the process may grow.
        grace: seconds over the limit.

    Raises:
        FermataError: DEATHS processes in a row died of this work before they read anything.
        OSError: as writing raises it.
    """
    file = out / FOLDER / f"{work}.json"
    past = _past(file)
    if (died := past.deaths.get(_NOTHING, 0)) >= DEATHS:
        raise FermataError(
            f"cluster: {died} workers in a row died before they read anything, most likely for want of memory. "
            "Use fewer workers (cluster.workers)"
        )
    watch, over = Watch(file, past, limits, grace), threading.Event()
    guard = threading.Thread(target=_guard, args=(watch, over), daemon=True)
    _running.add(watch)
    guard.start()
    try:
        yield watch
    finally:
        over.set()
        guard.join()
        with _ending:
            _running.discard(watch)
            remembered = watch.close()
        if not remembered:
            file.unlink(missing_ok=True)


def clear(out: Path) -> None:
    """Forget all at the ends of a run: what it was reading when it was stopped is not why it was."""
    shutil.rmtree(out / FOLDER, ignore_errors=True)


def _guard(watch: Watch, over: threading.Event) -> None:
    while not over.wait(_EVERY):
        if (found := watch.excess()) is None:
            continue
        with _ending:
            try:
                watch.accuse(*found)
                for other in _running - {watch}:
                    other.spare()
            finally:
                os._exit(1)  # no exception reaches native code


def _past(file: Path) -> _Past:
    try:
        before, now, *_ = file.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return _Past()
    past, last = _Past(*json.loads(before)), json.loads(now)
    if "fault" in last:
        past.faults[last["reads"]] = last["fault"]
    elif last["reads"] is not None:
        past.deaths[last["reads"]] = past.deaths.get(last["reads"], 0) + 1
    return past
