"""Processes that outlive the command that starts them; each is known by its pid and when it began."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

PATIENCE = 20.0  # seconds between a friendly end and the other one


class Group:
    """The processes whose pids and logs lie in a folder."""

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self.folder, self._patience = folder, patience
        self._mine: dict[str, subprocess.Popen[bytes]] = {}  # those that this process started, and has to ask for

    def log(self, name: str) -> Path:
        """Where ``name`` writes to."""
        return self.folder / f"{name}.log"

    def begin(self, name: str, command: Sequence[str], environment: Mapping[str, str], **more: Any) -> None:
        """Start ``command`` in a session of its own: a terminal's Ctrl-C, or its end, is not for it."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **more,
            )  # fmt: skip
        self._mine[name] = process
        self._file(name).write_text(json.dumps([process.pid, psutil.Process(process.pid).create_time()]))

    def find(self, name: str) -> psutil.Process | None:
        """The process, where it still runs; another one may have got its pid since."""
        if name in self._mine:
            self._mine[name].poll()
        try:
            pid, began = json.loads(self._file(name).read_text())
            process = psutil.Process(pid)
            same = abs(process.create_time() - began) < 1 and alive(process)
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None
        return process if same else None

    def end(self, name: str) -> bool:
        """Stop it with all that it started; whether it ran."""
        process = self.find(name)
        if process is None:
            self._file(name).unlink(missing_ok=True)
            return False
        below = process.children(recursive=True)
        # PostgreSQL waits for its clients when told to terminate, and not when interrupted.
        process.send_signal(2) if name == "postgres" else process.terminate()
        self._gone([process])
        for one in filter(alive, below):  # those that it did not end itself, such as a run's
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        left = self._gone([process, *below])
        for one in left:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self._gone(left)
        if name in self._mine:
            self._mine.pop(name).poll()
        self._file(name).unlink(missing_ok=True)
        return True

    def _gone(self, some: Sequence[psutil.Process]) -> list[psutil.Process]:
        """Wait for the end of ``some``; those that live on."""
        until(lambda: not any(map(alive, some)), self._patience, 0.05)
        return [one for one in some if alive(one)]

    def begun(self, name: str) -> bool:
        """Whether it was started and nobody ended it since; it may have ended by itself."""
        return self._file(name).is_file()

    def last(self, name: str) -> str:
        """The last line of its log."""
        try:
            lines = self.log(name).read_text(errors="replace").splitlines()
        except OSError:
            return "no log"
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.pid"


def alive(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and whose parent has not asked for its end yet does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def until(condition: Any, seconds: float, every: float = 0.2) -> bool:
    """Whether ``condition`` came true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True
