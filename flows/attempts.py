"""Steps of flows that nobody watches: tried again after a while, unless another try can't help."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from tasks.errors import FermataError, GateError, UsageError

R = TypeVar("R")

RETRIES: Final = 2
PAUSE: Final = 30.0  # seconds before the second try; twice as long before the third
LIVES: Final = 3  # of a run whose worker dies; infra/automations.yaml schedules it again


def check_lives() -> None:
    """Give up a run that was begun too often: most likely it is the run that its workers die of.

    Raises:
        FermataError: it was begun more than LIVES times.
    """
    from prefect.runtime import flow_run

    if (begun := int(flow_run.run_count or 0)) > LIVES:
        raise FermataError(
            f"given up: this run was begun {begun} times, and {LIVES} workers were lost in it, most likely for want "
            "of memory. Look at the workers' machines, then start a new run"
        )


def attempt(name: str, call: Callable[[], R], retries: int = RETRIES, pause: float = PAUSE) -> R:
    """Run ``call`` as the Prefect task ``name``; what it returns.

    Raises:
        Exception: what the last try raised, or the first one that no other try would mend.
    """
    made: Task[[], R] = Task(
        call,
        name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=retries,
        retry_delay_seconds=exponential_backoff(pause),
        retry_jitter_factor=0.2,  # two runs that met don't meet again
        retry_condition_fn=_worthwhile,
    )
    return made()


def _worthwhile(_task: Any, _run: Any, state: Any) -> bool:
    """False where the command, the parameters or the model have to change first."""
    return not isinstance(state.result(raise_on_failure=False), UsageError | GateError)
