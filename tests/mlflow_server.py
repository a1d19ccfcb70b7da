"""MLflow servers on this machine, as one would run them: PostgreSQL behind, an S3 store, users, allowed hosts."""

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest
from commands import ROOT
from postgres_server import Postgres, free_port

from tasks import quiet

USER: Final = "admin"
PASSWORD: Final = "only-for-this-test"
_INI: Final = """[mlflow]
default_permission = READ
database_uri = {database}
admin_username = {user}
auth_cache_ttl_seconds = 60
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


class Mlflow:
    """One server. It can be stopped and started again on the same port.

    Attributes:
        address: without credentials, which clients take from the environment.
        log: what it said.
    """

    def __init__(self, folder: Path, backend: str, artifacts: str, auth: str = "") -> None:
        """Prepare a server.

        Args:
            folder: for its log and its settings.
            backend: database.
            artifacts: a folder or s3://BUCKET.
            auth: database of the users; empty: nobody has to log in.
        """
        self.port = free_port()
        self.address, self.log = f"http://127.0.0.1:{self.port}", folder / "mlflow.log"
        self._command = [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--backend-store-uri", backend, "--artifacts-destination", artifacts,
            "--allowed-hosts", f"127.0.0.1:{self.port}",
        ]  # fmt: skip
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")
        } | quiet.ENVIRONMENT | {"PYTHONPATH": str(ROOT), "HOME": str(folder)}  # fmt: skip
        self._environment |= {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # seven processes that no test asks for
        if auth:
            settings = folder / "auth.ini"
            settings.write_text(_INI.format(database=auth, user=USER))
            self._command += ["--app-name", "basic-auth"]
            self._environment |= {
                "MLFLOW_AUTH_CONFIG_PATH": str(settings),
                "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
                "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(16),
            }
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 120) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        until = time.monotonic() + seconds
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                pytest.fail(f"MLflow did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it and its workers."""
        if self._process is None:
            return
        mine = psutil.Process(self._process.pid).children(recursive=True)
        for one in [*mine, self._process]:
            one.kill()
        self._process.wait(30)
        psutil.wait_procs(mine, timeout=30)
        self._process = None

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="module")
def mlflow_server(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres, s3_server: str
) -> Iterator[Mlflow]:
    """A server with users, on PostgreSQL and an S3 bucket; the environment holds the admin's name and password."""
    import fsspec

    bucket = f"models-{free_port()}"
    fsspec.filesystem("s3").mkdir(bucket)
    server = Mlflow(
        tmp_path_factory.mktemp("mlflow"),
        postgres_server.database(driver="psycopg"),
        f"s3://{bucket}",
        postgres_server.database(driver="psycopg"),
    )
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_USERNAME", USER)
        patch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        for name in ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR"):
            patch.setenv(name, quiet.ENVIRONMENT[name])
        yield server
    server.stop()
