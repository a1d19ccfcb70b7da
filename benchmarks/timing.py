"""One way to time: the best of some runs, in units per second."""

import time
from collections.abc import Callable


def rate(
    count: int, work: Callable[[], object], runs: int = 3, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Units per second of ``work``, which handles ``count`` of them; the best of ``runs``, after none to warm up."""
    best = float("inf")
    for _ in range(runs):
        started = clock()
        work()
        best = min(best, clock() - started)
    return count / best
