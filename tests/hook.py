"""A web hook that keeps what it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Hook(ThreadingHTTPServer):
    """A web hook.

    Attributes:
        told: the texts, in their order.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/alarm"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Not on the tests' screen."""


@contextmanager
def hooked() -> Iterator[Hook]:
    """One that listens while the block runs."""
    with Hook() as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield served
        served.shutdown()
