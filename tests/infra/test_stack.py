"""infra/stack.py where there is nothing to do, or something is wrong; tests/chain sees it at work."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from postgres_server import binaries

INFRA = Path(__file__).parents[2] / "infra"


def stack(folder: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    given = dict.fromkeys(("PREFECT_PORT", "MLFLOW_PORT", "DASK_PORT", "DASK_DASHBOARD_PORT", "WORKER_PORT"), "0")
    done = subprocess.run(
        [sys.executable, INFRA / "stack.py", *words], env=os.environ | given | {"STACK": str(folder)} | settings,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def test_before_anything_was_started(tmp_path: Path) -> None:
    status, stop, command = stack(tmp_path, "status"), stack(tmp_path, "stop"), stack(tmp_path, "with", "true")
    assert (status.returncode, stop.returncode, command.returncode) == (1, 0, 1)
    assert status.stdout == stop.stdout == f"stack: nothing was started in '{tmp_path}'\n"
    assert command.stderr == "stack: nothing was started. Start it: make stack\n"


@pytest.mark.parametrize("words", [(), ("restart",), ("start", "now"), ("with",)])
def test_what_it_does_not_know_it_explains(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = stack(tmp_path, *words)
    assert done.returncode == 2
    assert "python infra/stack.py start" in done.stderr


def test_no_postgres_where_it_was_said_to_be(tmp_path: Path) -> None:
    done = stack(tmp_path / "stack", "start", POSTGRES_BIN=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"stack: POSTGRES_BIN: no initdb in '{tmp_path}'\n"


@pytest.mark.skipif(binaries() is None, reason="no PostgreSQL on this machine: apt-get install postgresql")
def test_a_process_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        tempfile.TemporaryDirectory(prefix="fermata-stack-", ignore_cleanup_errors=True) as name,
    ):
        Path(name).chmod(0o711)
        port = str(taken.getsockname()[1])
        done = stack(tmp_path, "start", POSTGRES_PORT=port, POSTGRES_DATA=f"{name}/data")
        stopped = stack(tmp_path, "stop")
    assert done.returncode == 1
    assert done.stderr.startswith("stack: postgres ended: ")
    assert str(tmp_path / "postgres.log") in done.stderr
    assert "could not bind" in (tmp_path / "postgres.log").read_text()
    assert stopped.stdout == "stack: stopped nothing in 0 s\n"
