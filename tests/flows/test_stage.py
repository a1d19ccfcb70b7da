import time
from typing import Any
from uuid import UUID

import pytest
from prefect import Task
from prefect.cache_policies import NO_CACHE

from flows import stage as module
from flows.stage import stage


class Recorded(Task[Any, Any]):
    """A task that runs without a server and remembers how it was made."""

    made: list[dict[str, Any]] = []  # noqa: RUF012

    def __init__(self, function: Any, **options: Any) -> None:
        self.made.append(options)
        super().__init__(function, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        assert (args, kwargs) == ((), {})  # Prefect would look into each
        return self.fn()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(module, "Task", Recorded)
    monkeypatch.setattr(Recorded, "made", [])
    return Recorded.made


@stage("add-up")
def add(one: int, two: int = 2, *more: int, **named: int) -> list[int]:
    """Docstring."""
    if one < 0:
        raise ZeroDivisionError(one)
    return [one, two, *more, *named.values()]


def test_arguments_go_in_and_the_result_comes_out(made: list[dict[str, Any]]) -> None:
    assert add(1) == [1, 2]
    assert add(1, 3, 4, five=5) == [1, 3, 4, 5]
    assert [(one["name"], one["persist_result"]) for one in made] == [("add-up", False)] * 2
    assert all(one["cache_policy"] is NO_CACHE for one in made)


def test_errors_come_out(made: list[dict[str, Any]]) -> None:
    with pytest.raises(ZeroDivisionError, match="-1"):
        add(-1)


def test_the_function_keeps_its_name() -> None:
    assert (add.__name__, add.__doc__) == ("add", "Docstring.")


@pytest.mark.chain
def test_prefect_sees_a_task_of_that_name(prefect_server: None) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.context import FlowRunContext

    class Unpicklable:
        def __iter__(self) -> Any:
            raise AssertionError("Prefect looked into an argument")

        def __reduce__(self) -> Any:
            raise AssertionError("Prefect hashed an argument")

    @stage("look-at")
    def look(thing: Unpicklable) -> str:
        return type(thing).__name__

    @flow(name="probe", validate_parameters=False)
    def probe() -> tuple[str, UUID]:
        with pytest.raises(ZeroDivisionError):
            add(-1)
        context = FlowRunContext.get()
        assert context is not None
        assert context.flow_run is not None
        return look(Unpicklable()), context.flow_run.id

    said, run_id = probe()
    assert said == "Unpicklable"
    ours = FlowRunFilter(id=FlowRunFilterId(any_=[run_id]))
    with get_client(sync_client=True) as client:
        for _ in range(100):  # the server learns of task runs by events, some time later
            runs = client.read_task_runs(flow_run_filter=ours)
            if len(runs) == 2 and all(run.state is not None and run.state.is_final() for run in runs):
                break
            time.sleep(0.2)
    assert sorted(run.name.rsplit("-", 1)[0] for run in runs) == ["add-up", "look-at"]
    assert {run.name.rsplit("-", 1)[0]: run.state_name for run in runs} == {"add-up": "Failed", "look-at": "Completed"}
