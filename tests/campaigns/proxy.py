"""A proxy before a store that spoils some of its requests, as a store that is far away and busy does."""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

FAULTS: Final = ("slow down", "internal error", "hangs up", "answer lost", "answer cut")
_BUSY: Final = b"<Error><Code>%s</Code><Message>%s</Message></Error>"
_DROPPED: Final = ("connection", "transfer-encoding", "expect", "content-length")


class Proxy(ThreadingHTTPServer):
    """Passes requests on to ``target``, and spoils a ``share`` of them.

    Attributes:
        asked: requests so far, by method.
        spoilt: requests so far, by fault.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, target: str, share: float, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target).netloc
        self.share = share
        self.asked: Counter[str] = Counter()
        self.spoilt: Counter[str] = Counter()
        self._random, self._lock = random.Random(seed), threading.Lock()

    def fault(self, method: str) -> str:
        """What goes wrong with the next request; nothing: it is served."""
        with self._lock:
            self.asked[method] += 1
            if self._random.random() >= self.share:
                return ""
            found = self._random.choice(FAULTS)
            self.spoilt[found] += 1
            return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on a proxy that hung up on them."""


@contextmanager
def spoiling(target: str, share: float, seed: int) -> Iterator[Proxy]:
    """A proxy before ``target`` while the block runs."""
    with Proxy(target, share, seed) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault(self.command)
        if fault in ("slow down", "internal error"):
            status, code = (503, b"SlowDown") if fault == "slow down" else (500, b"InternalError")
            self._send(status, {"Content-Type": "application/xml"}, _BUSY % (code, fault.encode()))
            return
        if fault == "hangs up":
            self.close_connection = True
            return
        status, headers, data = self._asked(body)
        if fault == "answer lost":
            self.close_connection = True
            return
        self._send(status, headers, data, cut=fault == "answer cut")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815  the library's names

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.server.target, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _DROPPED}
            headers |= {"Content-Length": str(len(body))}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _DROPPED}
            if self.command == "HEAD":
                kept["Content-Length"] = answer.getheader("Content-Length") or "0"
            return answer.status, kept, data
        finally:
            connection.close()

    def _send(self, status: int, headers: dict[str, str], data: bytes, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        return
