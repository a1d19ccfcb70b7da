"""A Prefect server for many commands, and what those commands see."""

import os
import sys
import time
from pathlib import Path
from typing import Final

from tasks import quiet

# Writes its address into a file, and serves until that, or the process that wants it, is gone.
SERVER: Final = """
import sys, time
from pathlib import Path
import psutil
from prefect.server.api.server import SubprocessASGIServer
server = SubprocessASGIServer()
server.start(timeout=120)
address = Path(sys.argv[1])
address.with_suffix(".making").write_text(server.api_url)
address.with_suffix(".making").rename(address)
while address.exists() and psutil.pid_exists(int(sys.argv[2])):
    time.sleep(0.5)
server.stop()
"""
PATIENCE: Final = 150.0  # seconds


def seen(home: Path) -> dict[str, str]:
    """The environment of commands whose HOME is the empty folder ``home``."""
    ours = ("PREFECT_", "MLFLOW_", "FERMATA_")
    values = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | quiet.ENVIRONMENT
    values |= {"HOME": str(home), "PREFECT_HOME": str(home / "prefect"), "FERMATA_CACHE": str(home / "cache")}
    values["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return values


def command(address: Path, wanted_by: int) -> list[str]:
    """What serves until the process ``wanted_by`` or the file ``address`` is gone."""
    return [sys.executable, "-c", SERVER, str(address), str(wanted_by)]


def waited(address: Path) -> str:
    """The server's URL, as soon as it serves.

    Raises:
        RuntimeError: it doesn't start.
    """
    until = time.monotonic() + PATIENCE
    while not address.exists():
        if time.monotonic() > until:
            raise RuntimeError(f"no Prefect server in {PATIENCE:.0f} s: '{address}' is not there")
        time.sleep(0.1)
    return address.read_text()
