"""The Prefect server of a single command, where none is set: begun before Prefect is loaded, and beside that.

Prefect would begin one itself, when a flow first asks, and load all of a server in this process for it: a
`fermata score` of three pictures then takes 8.9 s in place of 6.1, on 2 cores.
"""

import atexit
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from flows import stop

_ENVIRONMENT: Final = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
_START: Final = "300"  # seconds that it may take until it answers: the first one after a boot can take over a minute
_END: Final = 5.0  # seconds that it has to end
_begun: list["subprocess.Popen[bytes]"] = []


def begin() -> None:
    """Begin it and let PREFECT_API_URL say where, unless there is one or Prefect's own settings decide.

    Nobody has to wait: its port listens from now on, and what asks before it is there is answered then.
    """
    if _begun or os.environ.get("PREFECT_API_URL") or _decided():
        return
    with socket.create_server(("127.0.0.1", 0)) as held:
        command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
        command += ["--fd", str(held.fileno()), "--log-level", "error", "--lifespan", "on"]
        with stop.unheard():  # it is told of a stop, and ends after that
            process = subprocess.Popen(command, env=os.environ | _ENVIRONMENT, pass_fds=[held.fileno()])
        port = held.getsockname()[1]
    _begun.append(process)
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    os.environ.setdefault("PREFECT_API_REQUEST_TIMEOUT", _START)
    # A stop that ends the server first is no error, and nobody reads the events of a command that ends.
    os.environ.setdefault("PREFECT_LOGGING_INTERNAL_LEVEL", "CRITICAL")
    atexit.register(_end, process)


def begun() -> bool:
    """Whether the server that PREFECT_API_URL names is this command's own, and ends with it."""
    return bool(_begun)


def ended() -> int | None:
    """The exit code of a server of our own that is gone; None: it runs, or there is none."""
    return _begun[0].poll() if _begun else None


def home() -> Path:
    """The folder of Prefect's profiles and of a temporary server's database."""
    return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect").expanduser()


def _decided() -> bool:
    """Whether Prefect is told of settings, by a profile or a file that it reads: they may name a server."""
    if os.environ.get("PREFECT_PROFILE") or os.environ.get("PREFECT_PROFILES_PATH"):
        return True
    if any(place.is_file() for place in (home() / "profiles.toml", Path("prefect.toml"))):
        return True
    return "PREFECT_" in _text(Path(".env")) or "prefect" in _tools(_text(Path("pyproject.toml")))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _tools(text: str) -> dict[str, Any]:
    try:
        tools: dict[str, Any] = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {"prefect": None}  # it complains
    return tools


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
