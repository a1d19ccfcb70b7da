"""A Dask scheduler and a worker that talk TLS, who gets in and who doesn't; and what a run of our own listens on."""

import ipaddress
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import pandas as pd
import psutil
import pytest
from commands import ROOT, Cli
from dask_processes import scheduled

from flows import cluster
from tasks.errors import FermataError
from tasks.params import Cluster
from tasks.synthetic.scenes import still

pytestmark = pytest.mark.chain


class Guarded(NamedTuple):
    """A scheduler with one worker, and the folder of their certificates."""

    address: str
    folder: Path
    other: Path  # certificates of another cluster


@pytest.fixture(scope="module")
def guarded(environment: dict[str, str], cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    base = tmp_path_factory.mktemp("guarded")
    for name in ("tls", "other"):
        made = cli("certificates", name, cwd=base)
        assert made.returncode == 0, made.stderr
        assert f"keep {name}/ca-key.pem to yourself" in made.stdout
    folder = base / "tls"
    own = ["--tls-ca-file", str(folder / "ca.pem")]
    own += ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
    tls = ["--protocol", "tls", "--port", "0"]
    with scheduled(base, environment, ["--nthreads", "1"], scheduler=tls, common=own) as address:
        with cluster.client(Cluster(address=address, security=str(folder))) as client:
            client.wait_for_workers(1, timeout=120)
        yield Guarded(address, folder, base / "other")


@pytest.fixture
def scored(tmp_path: Path) -> list[str]:
    cv2.imwrite(str(tmp_path / "a.png"), still(21, 0)[0])
    return ["score", "a.png", "--model", str(ROOT / "models" / "reference"), "--detector", "haar"]


def test_with_the_certificates_it_is_a_scheduler_as_others(
    guarded: Guarded, cli: Cli, scored: list[str], tmp_path: Path
) -> None:
    assert guarded.address.startswith("tls://127.0.0.1:")
    chosen = ["--scheduler", guarded.address, "--set", f"cluster.security={guarded.folder}"]
    done = cli(*scored, "--out", "labels", *chosen, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(tmp_path / "labels" / "faces")) > 0


def test_a_client_without_a_certificate_is_hung_up_on(guarded: Guarded) -> None:
    """The scheduler's own doing, whatever our client refuses: it is told by another one, that trusts everybody."""
    host, port = guarded.address.removeprefix("tls://").split(":")
    context = ssl.create_default_context(cafile=str(guarded.folder / "ca.pem"))
    context.check_hostname = False
    # In TLS 1.3 the server says so after the client takes the handshake for done.
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)certificate.required|EOF occurred"),
        context.wrap_socket(plain) as wrapped,
    ):
        wrapped.sendall(b"x")
        wrapped.recv(1)


def test_who_lacks_the_right_certificate_is_told_in_one_line(
    guarded: Guarded, cli: Cli, scored: list[str], tmp_path: Path
) -> None:
    on = [*scored, "--out", "labels", "--scheduler", guarded.address]
    bare = cli(*on, cwd=tmp_path)
    assert (bare.returncode, bare.stderr.count("\n")) == (2, 1), bare.stderr
    assert "asks for certificates, and cluster.security names no folder" in bare.stderr
    missing = cli(*on, "--set", "cluster.security=none", cwd=tmp_path)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1), missing.stderr
    assert "none/ca.pem' cannot be read (No such file or directory)" in missing.stderr
    assert not (tmp_path / "labels").exists()
    stranger = Cluster(address=guarded.address, security=str(guarded.other))
    unknown = pytest.raises(FermataError, match=r"don't know each other\. Use those that it was started with$")
    with unknown, cluster.client(stranger):
        pass
    open_ = Cluster(address=guarded.address.replace("tls", "tcp"))
    with pytest.raises(FermataError, match=r"no Dask scheduler answers at 'tcp://127\."), cluster.client(open_):
        pass


@pytest.mark.long
def test_a_run_of_our_own_listens_on_loopback_alone(
    guarded: Guarded, environment: dict[str, str], scored: list[str], tmp_path: Path
) -> None:
    """Its Prefect server, its Dask scheduler and dashboard, its workers and their nannies, these with TLS."""
    own = {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
    command = [*scored, "--out", "labels", "--workers", "2", "--set", f"cluster.security={guarded.folder}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *command], cwd=tmp_path, env=own,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen: set[tuple[str, int]] = set()
    while process.poll() is None:
        seen |= _listening(process.pid)
        time.sleep(0.05)
    _, said = process.communicate()
    assert process.returncode == 0, said
    # The server's, the scheduler's, the dashboard's; and one of each nanny and each worker.
    assert len(seen) >= 7
    assert {host for host, _ in seen if not ipaddress.ip_address(host).is_loopback} == set()


def _listening(pid: int) -> set[tuple[str, int]]:
    found = set()
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return set()
    for process in processes:
        try:
            sockets = process.net_connections("inet")
        except psutil.Error:  # ended meanwhile
            continue
        found |= {(one.laddr.ip, one.laddr.port) for one in sockets if one.laddr and not one.raddr and one.laddr.port}
    return found
