"""One Prefect server for all commands of a campaign, and what those commands see."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect_server import command, seen, waited


@contextmanager
def serving(home: Path, address: str = "") -> Iterator[dict[str, str]]:
    """Yield the environment of commands: the folder ``home`` as HOME, and a server; that at ``address`` if given.

    Raises:
        RuntimeError: the server did not start.
    """
    home.mkdir(parents=True, exist_ok=True)
    values = seen(home)
    if address:
        yield values | {"PREFECT_API_URL": address}
        return
    file = home / "address"
    server = subprocess.Popen(command(file, os.getpid()), env=values, stdin=subprocess.DEVNULL)
    try:
        yield values | {"PREFECT_API_URL": waited(file)}
    finally:
        file.unlink(missing_ok=True)
        server.wait(timeout=60)
