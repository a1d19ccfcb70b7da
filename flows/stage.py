"""A stage of a flow as one Prefect task."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE

from flows import stop

P = ParamSpec("P")
R = TypeVar("R")


def stage(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function that a flow calls: Prefect sees a task called ``name``.

    Prefect looks into every argument of a task, item by item, and hashes them for its cache; ours are Dask clients and
    ten million rows. So the task is made at the call and takes no arguments. DVC and the ledger own caching.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            def call() -> R:
                stop.check()
                return function(*args, **kwargs)

            made: Task[[], R] = Task(call, name=name, cache_policy=NO_CACHE, persist_result=False)
            return made()

        return run

    return decorate
