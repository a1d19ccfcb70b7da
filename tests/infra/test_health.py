"""A worker does its work from when its pool is there: what is deployed before that is refused."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import health
import pytest

PATHS: dict[str, bytes] = {}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = PATHS.get(self.path)
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(found or b'{"detail": "not found"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the standard library
        pass


@pytest.fixture
def values() -> Iterator[dict[str, str]]:
    PATHS.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = str(server.server_address[1])
        yield {"STACK_HOST": "127.0.0.1", "PREFECT_PORT": port, "WORKER_PORT": port}
        server.shutdown()


def test_a_worker_is_well_when_it_answers_and_its_pool_is_there(values: dict[str, str]) -> None:
    assert not health.healthy("worker", values)
    PATHS["/health"] = b"{}"
    assert not health.healthy("worker", values)
    PATHS["/api/work_pools/fermata"] = b'{"name": "fermata"}'
    assert health.healthy("worker", values)
    del PATHS["/health"]
    assert not health.healthy("worker", values)


def test_nobody_there_is_not_well() -> None:
    assert not health.healthy("worker", {"STACK_HOST": "127.0.0.1", "PREFECT_PORT": "1", "WORKER_PORT": "1"})
