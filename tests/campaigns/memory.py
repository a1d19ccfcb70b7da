"""Memory of a run while it goes on: its driver's, each worker's, and how far the run was."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

import psutil

from campaigns.processes import Command, resident

State = TypeVar("State")
LIMIT: Final = int(1.5 * 2**30)  # bytes of a worker


@dataclass(frozen=True)
class Sample(Generic[State]):
    """One moment.

    Attributes:
        at: seconds after the start.
        driver: bytes of `fermata prepare`.
        workers: bytes of each worker by its process id.
        state: how far the run was.
    """

    at: float
    driver: int
    workers: dict[int, int]
    state: State


@dataclass
class Memory(Generic[State]):
    """All samples of a run, and the true peaks of its processes, which lie between samples."""

    samples: list[Sample[State]] = field(default_factory=list)
    driver: int = 0
    workers: dict[int, int] = field(default_factory=dict)

    @property
    def worker(self) -> int:
        """Peak of the largest worker, bytes."""
        return max(self.workers.values(), default=0)


def follow(command: Command, state: Callable[[], State], every: float = 0.5) -> Memory[State]:
    """Sample until ``command`` ends, every so many seconds."""
    memory: Memory[State] = Memory()
    started = time.monotonic()
    while command.code is None:
        driver, workers = command.driver(), command.workers()
        now = Sample(
            time.monotonic() - started,
            resident(driver) if driver else 0,
            {one.pid: resident(one) for one in workers},
            state(),
        )
        memory.samples.append(now)
        memory.driver = max(memory.driver, peak(driver) if driver else 0)
        for one in workers:
            memory.workers[one.pid] = max(memory.workers.get(one.pid, 0), peak(one))
        time.sleep(every)
    return memory


def peak(process: psutil.Process) -> int:
    """Most bytes that a process ever had in memory, where the system knows; else what it has now."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text(encoding="ascii"))
    except OSError:
        return resident(process)
    return 1024 * int(found[1]) if found else resident(process)
