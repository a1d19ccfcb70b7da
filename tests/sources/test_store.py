import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sources import content, data, make_folders, put, records, rejected, said, zipped

from tasks.errors import DecodeError, RefusedError, SourceError, TooLargeError
from tasks.sources import SOURCES, folder, remote, store
from tasks.sources.remote import Piece
from tasks.sources.source import LIMIT


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://b/x", True),
        ("HTTP://h/x", True),
        ("a+b.c-d://x", True),
        ("/x", False),
        ("x://y", False),
        ("a/s3://b", False),
    ],
)
def test_urls_have_a_scheme(path: str, url: bool) -> None:
    assert store.is_url(path) == url  # one letter is a drive


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    assert store.plain("file:///a%20b/c") == "/a b/c"
    root = make_folders(tmp_path / "my faces")
    found = records(data("class-folders", f"file://{str(root).replace(' ', '%20')}"))
    assert said(found) == said(records(data("class-folders", root)))


@pytest.mark.parametrize(
    ("root", "name", "expected"),
    [
        ("/set", "a/b.png", "a/b.png"),
        ("/set", "a//./b.png", "a/b.png"),
        ("/set", "a\\b.png", "a/b.png"),
        ("/set", "a/../b.png", "b.png"),
        ("/set", "/set/b.png", "b.png"),
        ("/set", "s3://b/x", "s3://b/x"),
        ("s3://b", "a/b.png", "a/b.png"),
        ("/set", "..", None),
        ("/set", ".", None),
        ("/set", "../set-too/b.png", None),
        ("/set", "/set-too/b.png", None),
        ("/set", "a/../../b.png", None),
        ("s3://b", "/b.png", None),
        ("s3://b", "../c/b.png", None),
    ],
)
def test_paths_stay_below_their_root(root: str, name: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(RefusedError):
            store.below(root, name)
    else:
        assert store.below(root, name) == expected


@given(st.text("ab./\\", max_size=12))
def test_no_path_leads_out(name: str) -> None:
    try:
        inside = store.below("/set/deep", name)
    except RefusedError:
        return
    assert os.path.normpath(store.join("/set/deep", inside)).startswith("/set/deep/")


def test_memory_is_a_store(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "faces")
    memory = fsspec.filesystem("memory")
    for path in root.rglob("*.png"):
        memory.pipe_file(f"/test-store/{path.relative_to(root)}", path.read_bytes())
    memory.pipe_file("/test-store.zip", zipped(root, tmp_path / "faces.zip").read_bytes())
    expected = said(records(data("class-folders", root)))
    assert said(records(data("class-folders", "memory://test-store"))) == expected
    assert said(records(data("class-folders", "memory://test-store.zip"))) == expected


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(url: str) -> Any:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "get_filesystem_class", absent)
    for source in ("class-folders", "parquet", "listing", "webdataset", "fer2013-csv"):
        with pytest.raises(SourceError, match="needs a package that is not installed: make install EXTRAS=s3"):
            SOURCES[source].plan(data(source, "s3://bucket/x"), 9)
    with pytest.raises(SourceError, match="not installed: Install s3fs to access S3"):
        SOURCES["parquet"].plan(data("parquet", "other://bucket/x"), 9)


def test_an_unknown_scheme_is_said() -> None:
    with pytest.raises(SourceError, match=r"data\.path: 'odd://x' cannot be read: Protocol not known: odd"):
        SOURCES["class-folders"].plan(data("class-folders", "odd://x"), 9)


class Web(BaseHTTPRequestHandler):
    """Serves pictures, an endless one, and one that is not there; knows no ranges."""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        if self.path not in ("/1.png", "/endless.png", "/list.csv"):
            self.send_error(404)
            return
        text = b"path,label\nhttp://HOST/1.png,joy\n2.png,joy\n".replace(b"HOST", self.headers["Host"].encode())
        self.send_response(200)
        if self.path != "/endless.png":
            self.send_header("Content-Length", str(len(text if self.path == "/list.csv" else content(1))))
        self.end_headers()
        if body and self.path == "/endless.png":
            try:
                while True:
                    self.wfile.write(bytes(1 << 20))
            except OSError:
                return
        elif body:
            self.wfile.write(text if self.path == "/list.csv" else content(1))

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.chain
def test_pictures_come_from_the_web(tmp_path: Path, web: str) -> None:
    put(tmp_path / "list.csv", f"path,label\n{web}/1.png,joy\n{web}/gone.png,sad\n".encode())
    found = records(data("listing", tmp_path / "list.csv"))
    assert {one.key: one.data for one in found} == {f"{web}/1.png": content(1), f"{web}/gone.png": None}
    assert rejected(found) == {f"{web}/gone.png": ("undecodable", "cannot be read: no such file or object")}


@pytest.mark.chain
def test_a_listing_may_lie_on_the_web(web: str) -> None:
    found = records(data("listing", f"{web}/list.csv"))
    assert {one.key: one.data for one in found} == {f"{web}/1.png": content(1), "2.png": None}


@pytest.mark.chain
def test_an_endless_picture_is_too_large(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "LIMIT", 5 << 20)
    (found,) = store.fetch([Piece(f"{web}/endless.png")])
    assert isinstance(found, TooLargeError)


def test_nobody_at_home_is_said() -> None:
    (found,) = store.fetch([Piece("http://127.0.0.1:9/x.png")])
    assert isinstance(found, DecodeError)
    assert "Cannot connect to host 127.0.0.1:9" in str(found)


def test_a_store_that_answers_nothing_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/down/0", b"x")
    pieces = [Piece("memory://down/0", 0, 1)] * remote.WINDOW
    assert list(store.fetch(pieces)) == [b"x"] * remote.WINDOW

    def down(*_: object, **__: object) -> bytes:
        raise RuntimeError("the line\nis dead")

    monkeypatch.setattr(type(memory), "cat_file", down)
    with pytest.raises(SourceError, match="'memory://down/0' and those after it cannot be read: the line is dead"):
        list(store.fetch(pieces))
    assert [str(one) for one in store.fetch(pieces[1:])] == ["cannot be read: the line is dead"] * (remote.WINDOW - 1)


def test_pieces_come_in_order_and_tell_what_is_wrong(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for number in range(70):
        memory.pipe_file(f"/pieces/{number}", content(number))
    path = put(tmp_path / "x", b"on disk")
    pieces = [Piece(f"memory://pieces/{number}") for number in range(70)]
    found = list(store.fetch([*pieces, Piece(str(path)), Piece("memory://pieces/1", 3, 4), Piece("memory://gone")]))
    assert found[:72] == [*map(content, range(70)), b"on disk", content(1)[3:7]]
    assert str(found[72]) == "cannot be read: no such file or object"
    short, long, clipped, huge = store.fetch(
        [
            Piece("memory://pieces/1", 0, 10_000),
            Piece("memory://pieces/1", 0, 0),
            Piece("memory://pieces/1", 0, 10_000, exact=False),
            Piece("memory://pieces/1", 0, LIMIT + 1),
        ]
    )
    assert isinstance(short, DecodeError)
    assert long == b""
    assert clipped == content(1)
    assert isinstance(huge, TooLargeError)


def test_a_file_is_not_read_through_a_link_that_leaves(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret", b"x")
    top = tmp_path / "set"
    put(top / "good", b"y")
    (top / "bad").symlink_to(secret)
    (top / "fine").symlink_to(top / "good")
    assert folder.load(str(top / "fine"), str(top)) == b"y"
    assert folder.load(str(top / "bad")) == b"x"
    with pytest.raises(RefusedError, match="a link that leaves"):
        folder.load(str(top / "bad"), str(top))


def test_a_folder_that_cannot_be_listed_is_a_source_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: str) -> Any:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(SourceError, match=rf"data\.path: '{tmp_path}' cannot be listed: Permission denied"):
        SOURCES["class-folders"].plan(data("class-folders", tmp_path), 9)


def test_names_in_a_store_are_never_addresses() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/names/happy/memory://secret/1.png", b"x")
    memory.pipe_file("/secret/1.png", b"secret")
    assert store.join("memory://names", "memory://secret/1.png") == "memory://names/memory://secret/1.png"
    assert b"secret" not in [one.data for one in records(data("class-folders", "memory://names"))]


def test_no_path_is_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_folders(tmp_path))
    assert said(records(data("class-folders", ""))) == said(records(data("class-folders", tmp_path)))
