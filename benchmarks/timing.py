"""One way to time: the best of some runs, in units per second."""

import time
from collections.abc import Callable


def rate(count: int, work: Callable[[], object], runs: int = 3) -> float:
    """Units per second of ``work``, which handles ``count`` of them; the best of ``runs``, after none to warm up."""
    best = float("inf")
    for _ in range(runs):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return count / best
