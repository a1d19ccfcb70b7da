"""Whether a process of the stack does its work."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final

POOL: Final = "fermata"  # of prefect.yaml
Values = Mapping[str, str]


def healthy(name: str, values: Values) -> bool:
    """Ask ``name``; False while it does not answer."""
    try:
        return _CHECKS[name](values)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _get(values: Values, port: str, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{values['STACK_HOST']}:{values[port]}{path}", timeout=5) as answer:
        return bytes(answer.read())


def _postgres(values: Values) -> bool:
    """It answers a request for TLS with one letter as soon as it takes connections."""
    with socket.create_connection((values["STACK_HOST"], int(values["POSTGRES_PORT"])), timeout=5) as asked:
        asked.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
        return asked.recv(1) in (b"S", b"N")


def _dask(values: Values) -> bool:
    counts = json.loads(_get(values, "DASK_DASHBOARD_PORT", "/json/counts.json"))
    return int(counts["workers"]) >= int(values["DASK_WORKERS"])


def _worker(values: Values) -> bool:
    """It answers before it has made its work pool, without which nothing can be deployed for it."""
    pool = json.loads(_get(values, "PREFECT_PORT", f"/api/work_pools/{POOL}"))
    return bool(_get(values, "WORKER_PORT", "/health")) and pool["name"] == POOL


_CHECKS: Final[dict[str, Callable[[Values], bool]]] = {
    "postgres": _postgres,
    "prefect": lambda values: _get(values, "PREFECT_PORT", "/api/health") == b"true",
    "mlflow": lambda values: _get(values, "MLFLOW_PORT", "/health") == b"OK",
    "scheduler": lambda values: _get(values, "DASK_DASHBOARD_PORT", "/health") == b"ok",
    "dask": _dask,
    "worker": _worker,
}
