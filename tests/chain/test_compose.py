"""The topology of infra/compose.yaml, run as plain processes until their own health checks succeed."""

import base64
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
import yaml
from compose_processes import INFRA, Services
from postgres_server import PASSWORD, USER, Postgres, binaries

from flows import cluster
from tasks import certificates
from tasks.params import Cluster

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres, s3_server: str) -> Iterator[Services]:
    """All of them, healthy, started in compose.yaml's order."""
    store = urlsplit(s3_server).port
    assert store
    elsewhere = {5432: postgres_server.port, 7070: store}
    made = Services(tmp_path_factory.mktemp("compose"), _free(4200, 5000, 8786, 8787, 8790, 8080) | elsewhere)
    certificates.write(made.folder / "tls", days=2)
    _databases(made, postgres_server)
    try:
        made.start("prefect", "dask-scheduler")
        assert made.run("buckets") == "made: mlflow, dvc\n"
        made.start("mlflow")
        made.wait("dask-scheduler")
        made.start("dask-worker")
        made.wait("prefect")
        made.run("deployments")
        made.start("worker")
        made.wait("mlflow", "dask-worker", "worker")
        yield made
    finally:
        made.stop()


def test_all_are_healthy(services: Services) -> None:
    names = ("prefect", "mlflow", "dask-scheduler", "dask-worker", "worker")
    assert {name: services.healthy(name) for name in names} == dict.fromkeys(names, True)
    assert services.run("buckets") == "made: none\n"


def test_roles_of_the_database_see_their_own_alone(services: Services, postgres_server: Postgres) -> None:
    for role, database, seen in (("mlflow", "mlflow_auth", True), ("prefect", "mlflow", False)):
        told = _psql(
            postgres_server, role, services.values[f"{role.upper()}_DATABASE_PASSWORD"], database, "-c", "SELECT 7"
        )
        assert (told.returncode == 0) is seen, told.stderr
        assert seen or "permission denied for database" in told.stderr


def test_mlflow_wants_a_password_and_keeps_files_in_the_store(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{services.ports[5000]}"
    asked = "/api/2.0/mlflow/experiments/search?max_results=1"
    assert _status(address + asked) == http.HTTPStatus.UNAUTHORIZED
    assert _status(address + asked, "admin:not-this") == http.HTTPStatus.UNAUTHORIZED
    own = f"{services.values['MLFLOW_USER']}:{services.values['MLFLOW_PASSWORD']}"
    assert _status(address + asked, own) == http.HTTPStatus.OK
    assert _status(address + asked, own, host="evil.example") == http.HTTPStatus.FORBIDDEN

    import mlflow

    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, services.environment("worker")[name])
    (tmp_path / "card.md").write_text("seven")
    client = mlflow.MlflowClient(address, address)
    run = client.create_run(client.create_experiment("compose")).info
    client.log_metric(run.run_id, "accuracy", 0.5)
    client.log_artifact(run.run_id, str(tmp_path / "card.md"))
    assert client.get_run(run.run_id).data.metrics == {"accuracy": 0.5}
    new = {"username": "new", "password": services.values["MLFLOW_PASSWORD"] + "2"}
    assert _status(f"{address}/api/2.0/mlflow/users/create", own, new) == http.HTTPStatus.OK
    one = f"{address}/api/2.0/mlflow/runs/get?run_id={run.run_id}"
    assert _status(one, own) == http.HTTPStatus.OK
    assert _status(one, f"new:{new['password']}") == http.HTTPStatus.FORBIDDEN
    held = botocore.session.get_session().create_client("s3").list_objects_v2(Bucket="mlflow")["Contents"]
    assert [entry["Size"] for entry in held if entry["Key"].endswith(f"{run.run_id}/artifacts/card.md")] == [5]


def test_prefect_wants_its_password_and_knows_the_deployments(services: Services) -> None:
    address = f"http://127.0.0.1:{services.ports[4200]}/api/deployments/filter"
    assert _status(address, body={}) == http.HTTPStatus.UNAUTHORIZED
    assert _status(address, "admin:not-this", {}) == http.HTTPStatus.UNAUTHORIZED
    status, found = _answer(address, services.values["PREFECT_AUTH"], {})
    assert status == http.HTTPStatus.OK
    asked = {entry["name"] for entry in yaml.safe_load((INFRA / "prefect.yaml").read_text())["deployments"]}
    assert {entry["name"] for entry in json.loads(found)} == asked
    assert {entry["work_pool_name"] for entry in json.loads(found)} == {"fermata"}


def test_prefects_schedules_come_about(services: Services) -> None:
    """The server makes the coming runs of a deployment within seconds; where its database refuses them, never."""
    address, own = f"http://127.0.0.1:{services.ports[4200]}/api/flow_runs/filter", services.values["PREFECT_AUTH"]
    asked = {
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
        "deployments": {"name": {"any_": ["score-inbox"]}},
    }
    until = time.monotonic() + 180
    while not (found := json.loads(_answer(address, own, asked)[1])) and time.monotonic() < until:
        time.sleep(0.5)
    assert {entry["parameters"]["out"] for entry in found} == {"labels"}


def test_dasks_worker_computes_for_those_with_certificates(services: Services) -> None:
    port = services.ports[8786]
    address, folder = f"tls://127.0.0.1:{port}", services.folder / "tls"
    with cluster.client(Cluster(address=address, security=str(folder))) as client:
        client.wait_for_workers(1, timeout=120)
        assert client.submit(sum, range(10)).result(timeout=120) == 45
        assert client.submit(os.getpid).result(timeout=120) != os.getpid()
        (worker,) = client.scheduler_info()["workers"]
        assert worker.startswith("tls://")


def test_dasks_scheduler_speaks_nothing_but_tls(services: Services) -> None:
    port = services.ports[8786]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(b"\0" * 64)
        assert _rest(plain) == b""  # nothing was said; hung up
    context = ssl.create_default_context(cafile=str(services.folder / "tls" / "ca.pem"))
    context.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)certificate.required|EOF occurred"),
        context.wrap_socket(plain) as wrapped,
    ):
        wrapped.recv(1)  # in TLS 1.3 the server says so after the client takes the handshake for done


def _free(*ports: int) -> dict[int, int]:
    with ExitStack() as stack:  # all at once: none is given twice
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in ports]
        return {port: one.getsockname()[1] for port, one in zip(ports, taken, strict=True)}


def _databases(services: Services, server: Postgres) -> None:
    """What PostgreSQL's image runs at its first start."""
    programs = binaries()
    assert programs
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "POSTGRES_USER": USER, "PGPASSWORD": PASSWORD,
        "PGHOST": "127.0.0.1", "PGPORT": str(server.port),
    }  # fmt: skip
    environment |= {name: value for name, value in services.values.items() if name.endswith("_DATABASE_PASSWORD")}
    ran = subprocess.run(
        ["sh", INFRA / "docker" / "databases.sh"], env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def _psql(
    server: Postgres, role: str, password: str, database: str, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    programs = binaries()
    assert programs
    where = f"host=127.0.0.1 port={server.port} user={role} dbname={database}"
    return subprocess.run(
        [programs / "psql", "-X", *arguments, where], env={"PGPASSWORD": password, "LC_ALL": "C"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _status(address: str, user: str = "", body: Any = None, host: str = "") -> int:
    return _answer(address, user, body, host)[0]


def _answer(address: str, user: str = "", body: Any = None, host: str = "") -> tuple[int, bytes]:
    """Status and body; ``user``: NAME:PASSWORD; ``body``: posted as JSON, None: GET."""
    headers = {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"} if user else {}
    headers |= {"Host": host} if host else {}
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    path = f"{parts.path}?{parts.query}"
    try:
        if body is None:
            connection.request("GET", path, headers=headers)
        else:
            connection.request("POST", path, json.dumps(body), headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _rest(connection: socket.socket) -> bytes:
    """All that the other side says until it hangs up."""
    connection.settimeout(10)
    said = b""
    try:
        while more := connection.recv(1024):
            said += more
    except ConnectionResetError:
        pass
    return said
