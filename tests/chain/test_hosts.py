"""Hosts with a network of their own under a score: one is cut off in mid-run and comes back, the other one is lost."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
import psutil
import pytest
from commands import ROOT, Cli
from hosts import Hosts, hosts
from postgres_server import Postgres, binaries
from s3_server import ENVIRONMENT

from tasks import files
from tasks.synthetic.archive import write_archive

pytestmark = pytest.mark.chain

CHOSEN: Final = (
    "--model", str(ROOT / "models" / "reference"), "--detector", "haar", "--no-faces",
    "--set", "score.images_per_unit=1", "--set", "score.part_seconds=1.0",
)  # fmt: skip
# Of Dask's own processes. A host that says nothing is lost after 30 s (infra/machines.md), or as soon as Dask allows.
DASK: Final = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s", "DASK_LOGGING__DISTRIBUTED": "info"}
KEYS: Final = {"files": [], "frames": ["frame"], "faces": ["frame", "face"], "tracks": ["track"]}
# For Python on a host: wait for the servers of the first two arguments and fill a bucket from a folder; empty it.
FILL: Final = """
import sys, time, urllib.request
import fsspec
until = time.monotonic() + 180
for url in sys.argv[1:3]:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5)
            break
        except OSError:
            assert time.monotonic() < until, url
            time.sleep(0.1)
store = fsspec.filesystem("s3")
store.mkdir("archive")
store.put(sys.argv[3] + "/", "archive/media/", recursive=True)
"""
FETCH: Final = """
import sys, fsspec
fsspec.filesystem("s3").get("archive/labels/", sys.argv[1] + "/", recursive=True)
"""


class Net(NamedTuple):
    """Hosts `scheduler`, `one` and `two` with a worker each, `store` with PostgreSQL, Prefect and S3, and `driver`."""

    hosts: Hosts
    base: Path
    environment: dict[str, str]  # of a command on any of them
    scheduler: tuple[str, ...]  # what `fermata` is told of it
    workers: dict[str, "subprocess.Popen[bytes]"]
    worker: Callable[[str], "subprocess.Popen[bytes]"]  # starts the worker of a host
    flow_states: Callable[[], str]  # what Prefect's database knows

    def log(self, name: str) -> str:
        return (self.base / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def said(self, what: str, host: str) -> int:
        """How often the scheduler said that the worker of ``host`` came (`Register`) or went (`Remove`)."""
        address = f"//{self.hosts.addresses[host]}:"
        return sum(f"{what} worker addr" in line and address in line for line in self.log("scheduler").splitlines())

    def parts(self) -> int:
        """Units that are in the store."""
        return self.log("s3").count("PUT /archive/labels/units/")


@pytest.fixture
def net(environment: dict[str, str], cli: Cli, tmp_path: Path) -> Iterator[Net]:
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fermata-postgres-"))
        made = stack.enter_context(hosts(tmp_path))
        at = {name: made.add(name) for name in ("scheduler", "one", "two", "store", "driver")}
        assert cli("certificates", "tls", cwd=tmp_path).returncode == 0
        tls = tmp_path / "tls"
        own: tuple[str, ...] = ("--no-dashboard", "--tls-ca-file", str(tls / "ca.pem"))
        own += ("--tls-cert", str(tls / "cert.pem"), "--tls-key", str(tls / "key.pem"))
        seen = environment | ENVIRONMENT
        seen |= {"AWS_ENDPOINT_URL": f"http://{at['store']}:5000", "PREFECT_API_URL": f"http://{at['store']}:4200/api"}

        def start(host: str, name: str, *words: str, **more: str) -> "subprocess.Popen[bytes]":
            return made.start(host, "-m", *words, environment=seen | more, log=tmp_path / f"{name}.log")

        def worker(host: str) -> "subprocess.Popen[bytes]":
            words = (address, "--host", at[host], "--nthreads", "1", "--memory-limit", "0", *own)
            return start(host, host, "dask", "worker", *words, **DASK)

        postgres = Postgres(Path(folder), programs, made.inside("store"))
        postgres.start()
        stack.callback(postgres.stop)
        database = postgres.database("prefect", "asyncpg")
        words: tuple[str, ...] = ("prefect", "server", "start", "--host", at["store"], "--port", "4200")
        start("store", "prefect", *words, PREFECT_SERVER_DATABASE_CONNECTION_URL=database)
        start("store", "s3", "moto.server", "-H", at["store"], "-p", "5000")
        address = f"tls://{at['scheduler']}:8786"
        words = ("scheduler", "--protocol", "tls", "--host", at["scheduler"], "--port", "8786")
        start("scheduler", "scheduler", "dask", *words, *own, **DASK)
        chosen = ("--scheduler", address, "--set", f"cluster.security={tls}")
        states = lambda: postgres.run("SELECT state_type FROM flow_run", "prefect")  # noqa: E731
        yield Net(made, tmp_path, seen, chosen, {one: worker(one) for one in ("one", "two")}, worker, states)


def test_a_host_that_is_cut_off_and_comes_back_finishes_what_the_other_leaves(net: Net, cli: Cli) -> None:
    write_archive(net.base / "media", net.base / "truth.parquet", stills=12, clips=1)
    done = cli("score", "media", "--out", "near", *CHOSEN, "--set", "cluster.workers=2", cwd=net.base)
    assert done.returncode == 0, done.stderr
    servers = (f"{net.environment['PREFECT_API_URL']}/health", f"{net.environment['AWS_ENDPOINT_URL']}/moto-api/")
    net.hosts.run("driver", "-c", FILL, *servers, str(net.base / "media"), environment=net.environment)
    _wait(lambda: net.said("Register", "one") and net.said("Register", "two"), "both workers are there")
    run = net.hosts.start(
        "driver", "-m", "flows.cli", "score", "s3://archive/media", "--out", "s3://archive/labels", *CHOSEN,
        *net.scheduler, environment=net.environment, log=net.base / "run.log",
    )  # fmt: skip
    _wait(lambda: net.parts() >= 3 or run.poll() is not None, "some units are done")
    net.hosts.unplug("one")
    _wait(lambda: net.said("Remove", "one") or run.poll() is not None, "it is missed")
    # Its units were given to the other one this moment.
    _switch_off(net.workers["two"])
    net.hosts.plug("one")
    assert net.workers["one"].wait(120) == 0  # it hears that it isn't wanted any more, and whatever started it
    net.worker("one")  # starts it again
    run.wait(240)
    said = net.log("run")
    assert run.returncode == 0, said
    assert "Traceback" not in said
    assert net.said("Register", "one") == 2
    assert net.flow_states() == "COMPLETED"
    net.hosts.run("driver", "-c", FETCH, str(net.base / "far"), environment=net.environment)
    assert files.read_json(net.base / "far" / "run.json")["state"] == "finished"
    assert not {".lock", "units"} & {path.name for path in (net.base / "far").iterdir()}
    for name in KEYS:
        pd.testing.assert_frame_equal(_table(net.base / "far", name), _table(net.base / "near", name))


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Without what is one run's own."""
    found = pd.read_parquet(folder / name)
    for column in {"source", "duplicate_of"} & set(found):
        found[column] = found[column].str.removeprefix("s3://archive/")
    found = found.drop(columns=[column for column in ("seconds", "run_id", "unit") if column in found])
    return found.sort_values(["source", "member", *KEYS[name]], ignore_index=True)


def _wait(done: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 180
    while not done():
        assert time.monotonic() < until, f"not within a minute: {what}"
        time.sleep(0.05)


def _switch_off(process: "subprocess.Popen[bytes]") -> None:
    """End a worker, and the nanny that would start another."""
    worker = psutil.Process(process.pid).children(recursive=True)
    for one in (psutil.Process(process.pid), *worker):
        one.kill()
    process.wait(60)
