"""Hosts with a network of their own: Dask's scheduler and workers, a store, a driver; cables are pulled in mid-run."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
import pytest
from commands import ROOT, Cli
from hosts import Hosts, hosts
from postgres_server import Postgres, binaries
from s3_server import ENVIRONMENT

from tasks.synthetic.archive import write_archive

pytestmark = pytest.mark.chain

CHOSEN: Final = (
    "--model", str(ROOT / "models" / "reference"), "--detector", "haar", "--no-faces",
    "--set", "score.images_per_unit=1", "--set", "score.part_seconds=1.0",
)  # fmt: skip
# Dask takes a host for lost after half a minute without an answer (infra/machines.md); here it may be less.
DASK: Final = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s", "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "5s"}
TABLES: Final = {
    "files": ["source", "member"],
    "frames": ["source", "member", "frame"],
    "faces": ["source", "member", "frame", "face"],
    "tracks": ["source", "member", "track"],
}
FILL: Final = """
import sys, fsspec
store = fsspec.filesystem("s3")
store.mkdir("archive")
store.put(sys.argv[1] + "/", "archive/media/", recursive=True)
"""
FETCH: Final = """
import sys, fsspec
fsspec.filesystem("s3").get("archive/labels/", sys.argv[1] + "/", recursive=True)
"""


class Net(NamedTuple):
    """Hosts `scheduler`, `one` and `two` with a worker each, `store` and `driver`."""

    hosts: Hosts
    base: Path
    environment: dict[str, str]  # of a command on any of them
    address: str  # of Dask's scheduler
    start_worker: Callable[[str], "subprocess.Popen[bytes]"]
    workers: dict[str, "subprocess.Popen[bytes]"]
    postgres: Postgres

    def log(self, name: str) -> str:
        return (self.base / f"{name}.log").read_text(errors="replace")

    def count(self, event: str, host: str) -> int:
        """How often the scheduler said that the worker of ``host`` came (`Register`) or went (`Remove`)."""
        place = f"{self.hosts.addresses[host]}:"
        return sum(f"{event} worker" in line and place in line for line in self.log("scheduler").splitlines())


@pytest.fixture
def net(environment: dict[str, str], cli: Cli, tmp_path: Path) -> Iterator[Net]:
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    with hosts(tmp_path) as made, tempfile.TemporaryDirectory(prefix="fermata-postgres-") as folder:
        at = {name: made.add(name) for name in ("scheduler", "one", "two", "store", "driver")}
        assert cli("certificates", "tls", cwd=tmp_path).returncode == 0
        files = [word for name in ("ca-file", "cert", "key") for word in (f"--tls-{name}", str(tmp_path / "tls" / f"{name.removesuffix('-file')}.pem"))]
        seen = environment | ENVIRONMENT | DASK | {
            "AWS_ENDPOINT_URL": f"http://{at['store']}:5000", "PREFECT_API_URL": f"http://{at['store']}:4200/api",
        }  # fmt: skip
        postgres = Postgres(Path(folder), programs, made.inside("store"))
        postgres.start()

        def start(host: str, name: str, *arguments: str, **more: str) -> "subprocess.Popen[bytes]":
            return made.start(host, "-m", *arguments, environment=seen | more, log=tmp_path / f"{name}.log")

        try:
            database = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": postgres.database(driver="asyncpg")}
            start("store", "prefect", "prefect", "server", "start", "--host", at["store"], "--port", "4200", **database)
            start("store", "s3", "moto.server", "-H", at["store"], "-p", "5000")
            own = ["--protocol", "tls", "--port", "8786", "--no-dashboard", *files]
            start("scheduler", "scheduler", "dask", "scheduler", "--host", at["scheduler"], *own)
            address = f"tls://{at['scheduler']}:8786"

            def worker(host: str) -> "subprocess.Popen[bytes]":
                own = ["--nthreads", "1", "--memory-limit", "0", "--no-dashboard", "--host", at[host], *files]
                return start(host, f"worker-{host}", "dask", "worker", address, *own)

            workers = {host: worker(host) for host in ("one", "two")}
            yield Net(made, tmp_path, seen, address, worker, workers, postgres)
        finally:
            postgres.stop()


def until(done: Callable[[], object], what: str, seconds: float = 60) -> float:
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def test_hosts_that_are_cut_off_in_turn_and_come_back(net: Net, cli: Cli) -> None:
    began = time.monotonic()
    def mark(what):
        print(f"{time.monotonic()-began:5.1f} {what}", file=sys.stderr, flush=True)
    write_archive(net.base / "media", net.base / "truth.parquet", stills=30, clips=1)
    done = cli("score", "media", "--out", "near", *CHOSEN, "--set", "cluster.workers=2", cwd=net.base)
    assert done.returncode == 0, done.stderr
    mark("near")
    net.hosts.run("driver", "-c", FILL, str(net.base / "media"), environment=net.environment)
    mark("filled")
    until(lambda: "/api" in net.log("prefect"), "Prefect")
    mark("prefect")
    until(lambda: net.count("Register", "one") and net.count("Register", "two"), "workers")
    mark("workers")
    chosen = [*CHOSEN, "--scheduler", net.address, "--set", f"cluster.security={net.base / 'tls'}"]
    run = net.hosts.start(
        "driver", "-m", "flows.cli", "score", "s3://archive/media", "--out", "s3://archive/labels", *chosen,
        environment=net.environment, log=net.base / "run.log",
    )  # fmt: skip
    def parts() -> int:
        return net.log("s3").count("PUT /archive/labels/units/")
    until(lambda: parts() >= 4 or run.poll() is not None, "some units")
    mark(f"units {parts()}")
    net.hosts.unplug("one")
    until(lambda: net.count("Remove", "one"), "lost")
    mark(f"one lost, {parts()}")
    net.hosts.unplug("two")
    net.hosts.plug("one")
    try:
        until(lambda: net.workers["one"].poll() is not None, "worker one ends", 40)
        mark(f"one ended {net.workers['one'].poll()}")
        net.start_worker("one")
    except AssertionError:
        mark("worker one lives")
    until(lambda: net.count("Register", "one") == 2, "one back")
    mark("one back")
    net.hosts.plug("two")
    run.wait(100)
    mark(f"ended {run.returncode} {parts()}")
    print(net.log("run"), net.log("scheduler"), net.log("worker-one"), net.log("worker-two"))
    assert run.returncode == 0
    net.hosts.run("driver", "-c", FETCH, str(net.base / "far"), environment=net.environment)
    mark("fetched")
