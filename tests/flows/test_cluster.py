import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows import cluster
from tasks.errors import FermataError, UsageError
from tasks.params import Cluster

if TYPE_CHECKING:
    from distributed import Client

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def connected() -> "Iterator[Client]":
    with cluster.client(Cluster(workers=2)) as made:
        yield made


# Workers get functions of this file by value: they can't import it.


def _local(function: Any) -> Any:
    function.__module__ = "__main__"
    return function


@_local
def _tripled(item: int, more: int = 0) -> int:
    return 3 * item + more


@_local
def _failing(item: int, folder: Path) -> int:
    import time

    (folder / str(item)).touch()
    if item == 3:
        raise ValueError(f"item {item}")
    time.sleep(0.01)
    return item


@_local
def _deadly(item: int, folder: Path) -> int:
    """Kill the worker the first time that the item is worked on."""
    import os

    if item == 5 and not (folder / "died").exists():
        (folder / "died").touch()
        os._exit(1)
    return item


def test_every_item_comes_back_with_its_result(connected: "Client") -> None:
    found = dict(cluster.spread(connected, _tripled, range(100), 1))
    assert found == {item: 3 * item + 1 for item in range(100)}


def test_no_items_no_results(connected: "Client") -> None:
    assert list(cluster.spread(connected, _tripled, [])) == []


def test_equal_items_are_all_worked_on(connected: "Client") -> None:
    assert list(cluster.spread(connected, _tripled, [1, 1, 1])) == [(1, 3)] * 3


@pytest.mark.parametrize("in_flight", [1, cluster.IN_FLIGHT])
def test_only_so_many_pieces_are_taken_ahead(connected: "Client", in_flight: int) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(1000):
            taken += 1
            yield item

    results = cluster.spread(connected, _tripled, items(), in_flight=in_flight)
    for done in range(1, 30):
        next(results)
        assert taken <= 2 * in_flight + done
    results.close()
    assert taken < 60


def test_a_resource_that_no_worker_has_is_named(connected: "Client") -> None:
    with pytest.raises(UsageError, match=r"no worker has the resource 'GPU'.*--resources GPU=1"):
        next(cluster.spread(connected, _tripled, [1], on="GPU"))
    assert list(cluster.spread(connected, _tripled, [1], off="GPU")) == [(1, 3)]


def test_a_worker_of_many_threads_runs_one_piece_at_a_time(tmp_path: Path) -> None:
    with cluster.client(Cluster(workers=1), threads=4) as made:
        list(cluster.spread(made, _alone, range(12), tmp_path))
    assert not (tmp_path / "met").exists()


@_local
def _alone(item: int, folder: Path) -> None:
    """Leave a mark where another piece is at work."""
    import time

    (folder / ("met" if (folder / "busy").exists() else "busy")).touch()
    time.sleep(0.02)
    (folder / "busy").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a", "HERE/a"), ("/b", "/b"), ("a/**/*.png", "HERE/a/**/*.png"), ("@list.txt", "@HERE/list.txt"), ("", ""),
        ("s3://bucket/a b", "s3://bucket/a b"), ("@s3://bucket/list", "@s3://bucket/list"), ("file:///b%20c", "/b c"),
    ],
)  # fmt: skip
def test_sources_are_absolute_for_workers_elsewhere(source: str, found: str) -> None:
    assert cluster.reachable([source], Cluster()) == [source]
    assert cluster.reachable([source], Cluster(address="tcp://x:1")) == [found.replace("HERE", str(Path.cwd()))]


def test_a_file_that_is_called_like_a_list_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("@a.png").touch()
    assert cluster.reachable(["@a.png"], Cluster(address="tcp://x:1")) == [str(tmp_path / "@a.png")]


def test_an_error_comes_out_and_stops_the_rest(connected: "Client", tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="item 3"):
        list(cluster.spread(connected, _failing, range(1000), tmp_path))
    assert 0 < len(list(tmp_path.iterdir())) < 100
    assert dict(cluster.spread(connected, _tripled, [4])) == {4: 12}  # the cluster still works


def _threads_and_signal() -> tuple[int, bool]:
    import cv2

    return cv2.getNumThreads(), signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_local_workers_ignore_ctrl_c_and_keep_to_one_thread(connected: "Client") -> None:
    found = connected.run(_local(_threads_and_signal))
    assert len(found) == 2
    assert set(found.values()) == {(1, True)}


def test_what_libraries_write_in_workers_is_not_shown(connected: "Client", capfd: pytest.CaptureFixture[str]) -> None:
    assert set(connected.run(_local(lambda: os.write(2, b"libpng warning: nonsense\n"))).values()) == {25}
    assert capfd.readouterr().err == ""


def test_an_existing_scheduler_is_used_and_outlives_the_block(connected: "Client") -> None:
    address = connected.scheduler.address
    with cluster.client(Cluster(address=address)) as other:
        assert other.scheduler.address == address
        assert dict(cluster.spread(other, _tripled, [2])) == {2: 6}
    assert dict(cluster.spread(connected, _tripled, [3])) == {3: 9}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_address_without_a_scheduler_is_an_error() -> None:
    with (
        pytest.raises(FermataError, match="no Dask scheduler answers at 'nonsense://localhost'"),
        cluster.client(Cluster(address="nonsense://localhost")),
    ):
        pytest.fail("the block must not run")


def test_a_piece_whose_worker_dies_is_run_again(connected: "Client", tmp_path: Path) -> None:
    """Last: it costs the cluster a worker, which comes back."""
    found = dict(cluster.spread(connected, _deadly, range(20), tmp_path))
    assert found == {item: item for item in range(20)}
    assert (tmp_path / "died").exists()
    deadline = time.monotonic() + 30
    while len(connected.scheduler_info(n_workers=-1)["workers"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(connected.scheduler_info(n_workers=-1)["workers"]) == 2
    assert set(connected.run(_local(_threads_and_signal)).values()) == {(1, True)}


def test_cores_are_counted() -> None:
    assert 1 <= cluster._cores() <= (os.cpu_count() or 1)


@_local
def _always_deadly(item: int) -> int:
    os.write(2, b"out of paper\n")
    os._exit(1)


def test_work_that_kills_its_workers_is_said_in_one_line() -> None:
    with (
        pytest.raises(FermataError, match=r"4 workers in a row died.*said last: 'out of paper'"),
        cluster.client(Cluster(workers=1)) as made,
    ):
        list(cluster.spread(made, _always_deadly, [1]))
