import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workers import by_value, tripled

from flows import cluster
from flows.spread import spread
from tasks.errors import FermataError
from tasks.params import Cluster, Score

if TYPE_CHECKING:
    from distributed import Client

pytestmark = pytest.mark.chain


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


def _threads_and_signal() -> tuple[int, bool]:
    import cv2

    return cv2.getNumThreads(), signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_local_workers_ignore_ctrl_c_and_keep_to_one_thread(connected: "Client") -> None:
    found = connected.run(by_value(_threads_and_signal))
    assert len(found) == 2
    assert set(found.values()) == {(1, True)}


def test_what_libraries_write_in_workers_is_not_shown(connected: "Client", capfd: pytest.CaptureFixture[str]) -> None:
    assert set(connected.run(by_value(lambda: os.write(2, b"libpng warning: nonsense\n"))).values()) == {25}
    assert capfd.readouterr().err == ""


def test_an_existing_scheduler_is_used_and_outlives_the_block(connected: "Client") -> None:
    address = connected.scheduler.address
    with cluster.client(Cluster(address=address)) as other:
        assert other.scheduler.address == address
        assert dict(spread(other, tripled, [2])) == {2: 6}
    assert dict(spread(connected, tripled, [3])) == {3: 9}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_address_without_a_scheduler_is_an_error() -> None:
    with (
        pytest.raises(FermataError, match="no Dask scheduler answers at 'nonsense://localhost'"),
        cluster.client(Cluster(address="nonsense://localhost")),
    ):
        pytest.fail("the block must not run")


def _of_prefect() -> bool:
    return "prefect" in sys.modules


def test_workers_do_without_prefect(tmp_path: Path) -> None:
    """It takes 2 seconds and 50 MB of each; what is sent to them comes from modules that don't load it."""
    from flows import fitting, score, trying
    from tasks.score import crops, stages, unit

    with cluster.client(Cluster(workers=1)) as made:
        score.examined.__wrapped__(made, [str(tmp_path)], Score(), str(tmp_path))  # type: ignore[attr-defined]
        for function in (
            fitting.fit,
            fitting.fit_fold,
            fitting.log,
            trying.work,
            unit.score_unit,
            stages.look,
            stages.classify,
            crops.predict,
        ):
            assert made.submit(callable, function, pure=False).result()
        assert set(made.run(by_value(_of_prefect)).values()) == {False}
