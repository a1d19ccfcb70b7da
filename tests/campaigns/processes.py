"""Processes that a campaign started: each command runs in a session of its own, and whatever is in it is ours."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

_SPAWNED = "from multiprocessing.spawn import spawn_main"  # how Dask's nannies start a worker


class Command:
    """A command and all processes that descend from it, also those whose parents are gone."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the command itself, and of the group of processes that a terminal would stop."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Exit status; None while it runs."""
        return self._process.poll()

    @property
    def said(self) -> str:
        """What it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Those that live, in the order of their ids; these begin anew at some height, so the first may be younger."""
        return [psutil.Process(pid) for pid in sorted(psutil.pids()) if _session(pid) == self.pid and _lives(pid)]

    def workers(self) -> list[psutil.Process]:
        """Dask's worker processes."""
        return [one for one in self.processes() if any(_SPAWNED in word for word in _words(one))]

    def driver(self) -> psutil.Process | None:
        """The process of `fermata prepare` or `fermata score`, not the shell around it."""
        return next((one for one in self.processes() if is_driver(_words(one))), None)

    def kill(self) -> None:
        """SIGKILL everything, until nothing is left."""
        while left := self.processes():
            for one in left:
                strike(one)
            self._process.poll()  # reaps the first one
            time.sleep(0.005)
        self._process.wait()

    def wait(self, seconds: float) -> int:
        """Exit status.

        Raises:
            subprocess.TimeoutExpired: still running after ``seconds``; it is killed then.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def strike(process: psutil.Process, number: int = signal.SIGKILL) -> bool:
    """Send a signal; False when the process is gone already."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True


def resident(process: psutil.Process) -> int:
    """Bytes in memory, 0 for a process that is gone."""
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def is_driver(words: Sequence[str]) -> bool:
    """Whether a command line is that of `fermata prepare` or `fermata score`, however it was called."""
    called = any(Path(word).name in ("fermata", "flows.cli") for word in words)
    return called and not {"prepare", "score"}.isdisjoint(words)


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
