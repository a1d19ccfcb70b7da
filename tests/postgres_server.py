"""A PostgreSQL server on this machine, one per session; it never runs as root."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

USER: Final = "fermata"
PASSWORD: Final = "only-a-test"
_NUMBERS: Final = count()
_SETPRIV: Final = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")


def binaries() -> Path | None:
    """The folder of initdb and postgres: the PATH's, or the newest of Debian's packages; None: there is none."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return Path(found).resolve().parent if found else debian[-1].parent if debian else None


class Postgres:
    """One server. It can be stopped and started again, as a restart or a crash would.

    Attributes:
        folder: its data and its log.
        port: on 127.0.0.1, the same after each start.
    """

    def __init__(self, folder: Path, programs: Path, inside: Sequence[str] = ()) -> None:
        """Prepare a server.

        Args:
            folder: for its data and its log.
            programs: see ``binaries``.
            inside: a command, for root, that runs another one on a host of its own; 127.0.0.1 is that host then.
        """
        self.folder, self.port = folder, free_port()
        self._programs = programs
        # As root, the server's processes are those of the user that Debian's packages make.
        self._as: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        )
        # To enter a host takes root, so that there the user changes afterwards.
        self._inside = [*inside, *_SETPRIV] if inside else []
        self._there = {} if inside else self._as
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            shutil.chown(folder, "postgres", "postgres")
        word = folder / "password"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        command: list[str | Path] = [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
        ]
        command += ["--locale", "C", "--no-sync", f"--pwfile={word}"]
        made = subprocess.run(
            command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=120, check=False,
            **self._as,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    def url(self, database: str = "postgres", driver: str = "") -> str:
        """Such as postgresql://USER:PASSWORD@127.0.0.1:PORT/DATABASE; ``driver``: such as asyncpg; empty: none."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def database(self, name: str = "", driver: str = "") -> str:
        """Make an empty database; its address, see `url`."""
        name = name or f"made_{next(_NUMBERS)}"
        self.run(f'CREATE DATABASE "{name}"')
        return self.url(name, driver)

    def run(self, statement: str, database: str = "postgres") -> str:
        """What psql answers to one statement."""
        told = subprocess.run(
            [
                *self._inside, self._programs / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement,
                self.url(database),
            ],
            cwd=self.folder, env=_environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
        return told.stdout.strip()

    def start(self, seconds: float = 60) -> None:
        """Start the server and wait until it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder, "port": self.port,
            "max_connections": 200, "shared_buffers": "32MB",
            "fsync": "off", "full_page_writes": "off",  # nothing has to outlive the machine, only the process
        }  # fmt: skip
        command: list[str | Path] = [*self._inside, self._programs / "postgres", "-D", self.folder / "data"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=_environment(), stdout=log, stderr=log, **self._there
            )
        until = time.monotonic() + seconds
        ready: list[str | Path] = [*self._inside, self._programs / "pg_isready", "-q", "-h", "127.0.0.1"]
        ready += ["-p", str(self.port)]
        while subprocess.run(ready, env=_environment(), check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop(crash=True)
                pytest.fail(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self, crash: bool = False) -> None:
        """End the server: its clients lose their connections. ``crash``: it recovers from its log at the next start."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._process.wait(60)
            self._process = None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A server that runs; a test that stops it starts it again."""
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    # Not pytest's own folder: other users can't enter that one.
    with tempfile.TemporaryDirectory(prefix="fermata-postgres-", ignore_cleanup_errors=True) as name:
        server = Postgres(Path(name), programs)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
