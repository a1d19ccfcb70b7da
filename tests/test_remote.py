"""Files behind URLs, read from servers that answer, and from some that don't at once."""

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import fsspec
import pytest
from s3_server import Bucket
from web_server import Web

from tasks import remote
from tasks.errors import SourceError

pytestmark = pytest.mark.chain
DATA = bytes(range(256)) * 40_000  # three blocks


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(remote, "WAITS", (0.0, 0.0))
    yield


def _reads_as(stream: BinaryIO, data: bytes) -> None:
    ours = io.BytesIO(data)
    for offset, size in (
        (0, 10),
        (5_000_000, 100),
        (max(0, len(data) - 3), 100),
        (3, 0),
        (len(data), 5),
        (4_194_300, 9),
    ):
        assert (stream.seek(offset), stream.read(size)) == (ours.seek(offset), ours.read(size))
    assert stream.seek(-4, 2) == ours.seek(-4, 2)
    assert stream.read() == ours.read()
    stream.seek(0)
    assert stream.read() == data


@pytest.mark.parametrize("where", ["memory", "s3", "web", "no ranges", "no sizes"])
@pytest.mark.parametrize("size", [len(DATA), 2 * remote.BLOCK, 7, 0])
def test_an_object_is_a_file(where: str, size: int, bucket: Bucket, web: Web) -> None:
    data = DATA[:size]
    web.content["/a b.bin"], web.ranges, web.sizes = data, where == "web", where != "no sizes"
    if where == "s3":
        url = bucket.put("a b::file:///etc/hostname?.bin", data)
    elif where == "memory":
        fsspec.filesystem("memory").pipe_file("/remote/a", data)
        url = "memory://remote/a"
    else:
        url = f"{web.url}/a b.bin"
    with remote.opened(url) as stream:
        _reads_as(stream, data)


def test_a_large_file_takes_few_requests_and_little_memory(web: Web) -> None:
    web.content["/x"] = data = bytes(10 * remote.BLOCK)
    with remote.opened(f"{web.url}/x") as stream:
        assert sum(len(piece) for piece in iter(lambda: stream.read(1 << 16), b"")) == len(data)
        assert web.asked == {"HEAD": 1, "GET": 10}
        stream.seek(7 * remote.BLOCK)
        stream.read(10)
        stream.seek(9 * remote.BLOCK)
        stream.read(10)
    assert web.asked["GET"] == 10  # these were still in memory


@pytest.mark.parametrize("status", [0, 500, 503, 429])
def test_what_passes_by_is_tried_again(web: Web, hurried: None, status: int) -> None:
    web.content["/x"] = b"data"
    web.failing = [status]
    with remote.opened(f"{web.url}/x") as stream:
        web.failing = [status, status]
        assert stream.read() == b"data"
    web.failing = [status] * 50
    with pytest.raises(OSError, match=f"{status}|isconnect"), remote.opened(f"{web.url}/x") as stream:
        stream.read()


@pytest.mark.parametrize(
    ("status", "said"), [(404, "no such file or object"), (403, "answers 403"), (401, "answers 401")]
)
def test_what_lasts_is_said_at_once(web: Web, status: int, said: str) -> None:
    web.content["/x"] = b"data"
    web.failing = [status] * 9
    with pytest.raises(OSError, match=said) as caught:
        remote.opened(f"{web.url.replace('//', '//me:GEHEIM@')}/x?token=GEHEIM")
    assert len(web.failing) == 7  # asked for its head, then for itself
    assert "GEHEIM" not in str(caught.value)


def test_a_server_that_sends_without_end_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "UNSIZED", 1000)
    web.content["/x"], web.sizes = bytes(5000), False
    with pytest.raises(OSError, match="more than 1,000 bytes came"):
        remote.opened(f"{web.url}/x")


def test_nobody_at_home_is_said(hurried: None) -> None:
    with pytest.raises(OSError, match="Cannot connect to host"):
        remote.opened("http://127.0.0.1:9/x")


def test_names_below_a_folder(bucket: Bucket) -> None:
    for key in ("in/b.png", "in/a.png", "in/.h/c", "in/deep/d::e.png", "inside/x"):
        bucket.put(key, b"x")
    bucket.store.touch(f"{bucket.url}/in/empty/")
    assert remote.names(f"{bucket.url}/in") == [".h/c", "a.png", "b.png", "deep/d::e.png"]
    assert remote.info(f"{bucket.url}/in")["type"] == "directory"
    with pytest.raises(FileNotFoundError):
        remote.info(f"{bucket.url}/out")
    with pytest.raises(FileNotFoundError):
        remote.info("s3://no-such-bucket/x")


@pytest.mark.parametrize(("scheme", "said"), [("s3", "make install EXTRAS=s3"), ("gs", "Install gcsfs to access")])
def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch, scheme: str, said: str) -> None:
    def absent(_: str) -> Any:
        raise ImportError("Install gcsfs to access it")

    monkeypatch.setattr(fsspec, "get_filesystem_class", absent)
    calls: list[Callable[[str], object]] = [remote.info, remote.names, remote.opened]
    for call in calls:
        with pytest.raises(SourceError, match=f"needs a package that is not installed: {said}"):
            call(f"{scheme}://bucket/x")
