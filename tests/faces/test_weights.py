"""Against a real HTTP server on this machine."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tasks.errors import UsageError
from tasks.faces import weights
from tasks.params import Detector

CONTENT = b"the detector's weights" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Zoo(ThreadingHTTPServer):
    """Serves CONTENT at /right, half of it at /cut and nothing elsewhere."""

    daemon_threads = True
    requests: list[str]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Zoo)
        self.server.requests.append(self.path)
        if self.path not in ("/right", "/cut"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if self.path == "/right" else CONTENT[:999])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def zoo() -> Iterator[Zoo]:
    with Zoo(("127.0.0.1", 0), _Handler) as server:
        server.requests = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file ends up."""
    monkeypatch.setenv("FERMATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "detectors" / weights.FILE


@contextmanager
def _answering(answer: bytes) -> Iterator[str]:
    """A server that says ``answer`` and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/right"
        thread.join()


def _closed() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/right"


def test_the_right_file_is_downloaded_once(zoo: Zoo, cached: Path) -> None:
    first = weights.choose(Detector(), f"{zoo.base}/right", DIGEST)
    assert first == weights.Chosen("yunet", str(cached.resolve()), DIGEST, False, "downloaded from the model zoo")
    assert cached.read_bytes() == CONTENT
    second = weights.choose(Detector(), f"{zoo.base}/right", DIGEST)
    assert (second.weights, second.why) == (first.weights, "from the cache")
    assert zoo.requests == ["/right"]


def test_a_damaged_file_in_the_cache_is_replaced(zoo: Zoo, cached: Path) -> None:
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CONTENT[:10])
    assert weights.choose(Detector(), f"{zoo.base}/right", DIGEST).why == "downloaded from the model zoo"
    assert cached.read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["right", "cut", "absent"])
def test_another_file_or_none_is_refused_and_leaves_nothing(zoo: Zoo, cached: Path, path: str) -> None:
    expected = "0" * 64 if path == "right" else DIGEST
    chosen = weights.choose(Detector(), f"{zoo.base}/{path}", expected)
    assert (chosen.name, chosen.weights, chosen.sha256, chosen.fallback) == ("haar", "", "", True)
    said = {"right": "another file than expected", "cut": "another file than expected", "absent": "Not Found"}[path]
    assert said in chosen.why
    assert not list(cached.parent.iterdir())
    with pytest.raises(UsageError, match=rf"detector\.name: yunet's file .*{said}.*--detector haar"):
        weights.choose(Detector(name="yunet"), f"{zoo.base}/{path}", expected)
    assert not list(cached.parent.iterdir())


def test_without_a_server_haar_is_chosen_and_says_why(cached: Path) -> None:
    chosen = weights.choose(Detector(), _closed(), DIGEST)
    assert (chosen.name, chosen.fallback) == ("haar", True)
    assert "can't be downloaded" in chosen.why
    assert "refused" in chosen.why
    with pytest.raises(UsageError, match="--detector-weights FILE, or --detector haar"):
        weights.choose(Detector(name="yunet"), _closed(), DIGEST)


@pytest.mark.parametrize(
    "answer", [b"", b"hello, I am a mail server\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
def test_a_server_that_talks_nonsense_is_as_good_as_none(cached: Path, answer: bytes) -> None:
    with _answering(answer) as url:
        assert weights.choose(Detector(), url, DIGEST).fallback
    assert not list(cached.parent.iterdir())


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FERMATA_CACHE", str(tmp_path / "file"))
    assert weights.choose(Detector(), f"{zoo.base}/right", DIGEST).fallback


@pytest.mark.parametrize("name", ["haar", "none"])
def test_detectors_without_a_file_ask_nobody(zoo: Zoo, cached: Path, name: str) -> None:
    chosen = weights.choose(Detector.model_validate({"name": name}), f"{zoo.base}/right", DIGEST)
    assert chosen == weights.Chosen(name, "", "", False, "asked for")
    assert zoo.requests == []


@pytest.mark.parametrize("name", ["auto", "yunet"])
def test_a_file_that_was_named_is_taken_as_it_is(zoo: Zoo, cached: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"mine")
    wanted = Detector.model_validate({"name": name, "weights": str(tmp_path / "mine.onnx")})
    chosen = weights.choose(wanted, f"{zoo.base}/right", DIGEST)
    assert chosen.name == "yunet"
    assert chosen.weights == str((tmp_path / "mine.onnx").resolve())
    assert chosen.sha256 == hashlib.sha256(b"mine").hexdigest()
    assert (chosen.fallback, chosen.why, zoo.requests) == (False, "the file that was named", [])


def test_a_named_file_that_is_missing_is_a_usage_error(cached: Path) -> None:
    with pytest.raises(UsageError, match=r"detector\.weights: no file 'mine\.onnx'"):
        weights.choose(Detector(weights="mine.onnx"), _closed(), DIGEST)


def test_download_raises_what_it_says(zoo: Zoo, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"sha256 {DIGEST}, not {'0' * 64}"):
        weights.download(f"{zoo.base}/right", "0" * 64, tmp_path / "a")
    with pytest.raises(OSError, match="404"):
        weights.download(f"{zoo.base}/absent", DIGEST, tmp_path / "a")
    assert not list(tmp_path.iterdir())
    weights.download(f"{zoo.base}/right", DIGEST, tmp_path / "new" / "a")
    assert (tmp_path / "new" / "a").read_bytes() == CONTENT


def test_the_cache_is_the_users_own_unless_said_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERMATA_CACHE", str(tmp_path / "a"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert weights.cache() == tmp_path / "a"
    monkeypatch.delenv("FERMATA_CACHE")
    assert weights.cache() == tmp_path / "b" / "fermata"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "c"))
    assert weights.cache() == tmp_path / "c" / ".cache" / "fermata"


@pytest.mark.real
def test_the_known_digest_is_that_of_the_known_file() -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "detectors" / weights.FILE
    if not path.exists():
        pytest.skip("YuNet's file is not in ../shared/data")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == weights.SHA256
