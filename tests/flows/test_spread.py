import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workers import by_value, tripled

from flows import cluster
from flows.spread import IN_FLIGHT, spread
from tasks.errors import FermataError, UsageError
from tasks.params import Cluster

if TYPE_CHECKING:
    from distributed import Client

pytestmark = pytest.mark.chain


@by_value
def _failing(item: int, folder: Path) -> int:
    import time

    (folder / str(item)).touch()
    if item == 3:
        raise ValueError(f"item {item}")
    time.sleep(0.01)
    return item


@by_value
def _deadly(item: int, folder: Path) -> int:
    """Kill the worker the first time that the item is worked on."""
    import os

    if item == 5 and not (folder / "died").exists():
        (folder / "died").touch()
        os._exit(1)
    return item


def test_every_item_comes_back_with_its_result(connected: "Client") -> None:
    found = dict(spread(connected, tripled, range(100), 1))
    assert found == {item: 3 * item + 1 for item in range(100)}


def test_no_items_no_results(connected: "Client") -> None:
    assert list(spread(connected, tripled, [])) == []


def test_equal_items_are_all_worked_on(connected: "Client") -> None:
    assert list(spread(connected, tripled, [1, 1, 1])) == [(1, 3)] * 3


@pytest.mark.parametrize("in_flight", [1, IN_FLIGHT])
def test_only_so_many_pieces_are_taken_ahead(connected: "Client", in_flight: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(1000):
            taken += 1
            yield item

    results = spread(connected, tripled, items(), in_flight=in_flight)
    for done in range(1, 30):
        next(results)
        assert taken <= 2 * in_flight + done
    results.close()
    assert taken < 60


def test_a_resource_that_no_worker_has_is_named(connected: "Client") -> None:
    with pytest.raises(UsageError, match=r"no worker has the resource 'GPU'.*--resources GPU=1"):
        next(spread(connected, tripled, [1], on="GPU"))
    assert list(spread(connected, tripled, [1], off="GPU")) == [(1, 3)]


def test_a_worker_of_many_threads_runs_one_piece_at_a_time(tmp_path: Path) -> None:
    with cluster.client(Cluster(workers=1), threads=4) as made:
        list(spread(made, _alone, range(12), tmp_path))
    assert not (tmp_path / "met").exists()


@by_value
def _alone(item: int, folder: Path) -> None:
    """Leave a mark where another piece is at work."""
    import time

    (folder / ("met" if (folder / "busy").exists() else "busy")).touch()
    time.sleep(0.02)
    (folder / "busy").unlink(missing_ok=True)


def test_an_error_comes_out_and_stops_the_rest(connected: "Client", tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="item 3"):
        list(spread(connected, _failing, range(1000), tmp_path))
    assert 0 < len(list(tmp_path.iterdir())) < 100
    assert dict(spread(connected, tripled, [4])) == {4: 12}  # the cluster still works


def _threads() -> int:
    import cv2

    return cv2.getNumThreads()


def test_a_piece_whose_worker_dies_is_run_again(connected: "Client", tmp_path: Path) -> None:
    """Last: it costs the cluster a worker, which comes back."""
    found = dict(spread(connected, _deadly, range(20), tmp_path))
    assert found == {item: item for item in range(20)}
    assert (tmp_path / "died").exists()
    deadline = time.monotonic() + 30
    while len(connected.scheduler_info(n_workers=-1)["workers"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(connected.scheduler_info(n_workers=-1)["workers"]) == 2
    assert set(connected.run(by_value(_threads)).values()) == {1}  # it was made ready, as the first ones were


@by_value
def _always_deadly(item: int) -> int:
    os.write(2, b"out of paper\n")
    os._exit(1)


def test_work_that_kills_its_workers_is_said_in_one_line() -> None:
    with (
        pytest.raises(FermataError, match=r"4 workers in a row died.*said last: 'out of paper'"),
        cluster.client(Cluster(workers=1)) as made,
    ):
        list(spread(made, _always_deadly, [1]))


def test_a_cluster_without_workers_is_not_waited_for_for_ever() -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty,
        cluster.client(Cluster(address=empty.scheduler_address)) as made,
        pytest.raises(FermataError, match=r"has had no worker for 1 s\. What is finished is kept"),
    ):
        list(spread(made, tripled, [1], lonely=1))
