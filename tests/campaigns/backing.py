"""The servers behind a run that a campaign ends: an S3 store behind a cable, and Prefect's server on PostgreSQL."""

import logging
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
from postgres_server import Postgres, binaries, free_port

from campaigns.cable import Cable


@contextmanager
def s3(media: Path) -> Iterator[tuple[Any, Cable]]:
    """A bucket `archive` with ``media``: fsspec's store, straight to the server, and a cable to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would list each request
    host, port = server.get_host_and_port()
    store = fsspec.filesystem("s3", key="testing", secret="testing", endpoint_url=f"http://{host}:{port}")
    try:
        store.mkdir("archive")
        for path in sorted(path for path in media.rglob("*") if path.is_file()):
            store.put_file(str(path), f"archive/media/{path.relative_to(media).as_posix()}")
        yield store, Cable((host, port))
    finally:
        server.stop()


@contextmanager
def prefect(home: Path, values: Mapping[str, str]) -> Iterator[tuple[Postgres | None, dict[str, str]]]:
    """PostgreSQL, and what commands see of a Prefect server on it; None where this machine has none."""
    programs = binaries()
    if programs is None:
        yield None, {}
        return
    with tempfile.TemporaryDirectory(prefix="fermata-postgres-", ignore_cleanup_errors=True) as folder:
        postgres, port = Postgres(Path(folder), programs), free_port()
        postgres.start()
        seen = dict(values) | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": postgres.database("prefect", "asyncpg")}
        words = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        home.mkdir(exist_ok=True)
        with (home / "prefect.log").open("wb") as log:
            server = subprocess.Popen([sys.executable, *words], env=seen, cwd=home, stdout=log, stderr=log)
        try:
            _answers(f"http://127.0.0.1:{port}/api/health", server)
            yield postgres, {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        finally:
            server.terminate()
            server.wait(60)
            postgres.stop()


def _answers(url: str, server: "subprocess.Popen[bytes]") -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None:
                raise RuntimeError("Prefect's server did not start: see prefect.log") from None
            time.sleep(0.2)
