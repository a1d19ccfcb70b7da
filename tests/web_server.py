"""A web server on this machine that serves what it is given, in the ways in which servers do, or do not."""

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest


class Web(ThreadingHTTPServer):
    """Serves ``content`` by path.

    Attributes:
        ranges: whether it knows ranges.
        sizes: whether it says how large a file is.
        failing: statuses to answer next, one for each request; 0: it hangs up.
        asked: requests so far, by method.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content: dict[str, bytes] = {}
        self.ranges = self.sizes = True
        self.failing: list[int] = []
        self.asked: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def _answer(self, body: bool) -> None:
        self.server.asked[self.command] += 1
        if self.server.failing:
            status = self.server.failing.pop(0)
            if not status:
                self.close_connection = True
                return
            self.send_error(status)
            return
        data = self.server.content.get(unquote(self.path.partition("?")[0]))
        if data is None:
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        first, last = 0, len(data) - 1
        if wanted.startswith("bytes=") and self.server.ranges:
            first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        else:
            self.send_response(200)
        if self.server.sizes:
            self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        if body:
            self.wfile.write(data[first : last + 1])

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
