"""One Prefect server for all commands of a campaign, and what those commands see."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import SERVER

from tasks import quiet


@contextmanager
def serving(home: Path, address: str = "") -> Iterator[dict[str, str]]:
    """Yield the environment of commands: the folder ``home`` as HOME, and a server; that at ``address`` if given.

    Raises:
        RuntimeError: the server did not start.
    """
    home.mkdir(parents=True, exist_ok=True)
    values = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_", "FERMATA_"))
    }
    values |= quiet.ENVIRONMENT
    values |= {"HOME": str(home), "PREFECT_HOME": str(home / "prefect"), "FERMATA_CACHE": str(home / "cache")}
    values["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if address:
        yield values | {"PREFECT_API_URL": address}
        return
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], env=values, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        if not address:
            raise RuntimeError("no Prefect server: what it said stands above")
        yield values | {"PREFECT_API_URL": address}
    finally:
        server.stdin.close()
        server.stdout.close()
        server.wait(timeout=30)
