import hashlib
import os
import socket
from pathlib import Path

import pytest
from made_media import REAL, encoded, tarred, video, zipped

from tasks.errors import SourceError
from tasks.media.examine import examine, inspect_file
from tasks.media.paths import escape, locate
from tasks.media.walk import files, walk
from tasks.params import Limits

LIMITS = Limits()


def test_sorted_hidden_and_with_the_users_own_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b/z.png", "b/.hidden.png", "a.png", "c.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(encoded())
    monkeypatch.chdir(tmp_path)
    expected = ["in/a.png", "in/b/.hidden.png", "in/b/z.png", "in/c.png"]
    assert list(files(["in"])) == list(files(["in/"])) == expected
    assert list(files(["./in/b"])) == ["./in/b/.hidden.png", "./in/b/z.png"]
    assert [entry.source for entry in walk(["in"], LIMITS)] == expected


def test_one_row_says_all(tmp_path: Path) -> None:
    data = encoded(".jpg")
    (tmp_path / "misnamed.mp4").write_bytes(data)
    (entry,) = walk([str(tmp_path)], LIMITS)
    assert entry == inspect_file(str(tmp_path / "misnamed.mp4"), LIMITS)
    assert (entry.media_type, entry.format, entry.bytes, entry.status, entry.error) == (
        "image", "jpeg", len(data), None, None,
    )  # fmt: skip
    assert entry.sha256 == hashlib.sha256(data).hexdigest()


def test_a_file_given_twice_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(encoded())
    (tmp_path / "link").symlink_to("in")
    monkeypatch.chdir(tmp_path)
    assert list(files(["in", "in/a.png", "./in", "link", str(tmp_path)])) == ["in/a.png"]


def test_missing_and_empty_sources_fail_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    (tmp_path / "a.png").write_bytes(encoded())
    with pytest.raises(SourceError, match="no such file or folder: 'nowhere'"):
        walk([str(tmp_path), "nowhere"], LIMITS)
    with pytest.raises(SourceError, match="empty' holds no files"):
        walk([str(tmp_path / "empty")], LIMITS)
    with pytest.raises(SourceError, match="no source"):
        walk([], LIMITS)


def test_links(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded())
    (tmp_path / "linked.png").symlink_to("a.png")
    (tmp_path / "broken.png").symlink_to("nothing")
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "loop").symlink_to(".")
    rows = {Path(entry.source).name: entry for entry in walk([str(tmp_path)], LIMITS)}
    assert sorted(rows) == ["a.png", "broken.png", "linked.png", "round"]
    assert rows["a.png"].sha256 == rows["linked.png"].sha256
    assert rows["broken.png"].status == rows["round"].status == "decode_error"
    assert rows["broken.png"].error == "No such file or directory"


@pytest.mark.timeout(20)
def test_special_files_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        Path("null").symlink_to("/dev/null")
        rows = list(walk(["."], LIMITS))
    assert {entry.status for entry in rows} == {"refused"}
    assert [entry.error for entry in rows] == [
        "a device is not opened", "a named pipe is not opened", "a socket is not opened",
    ]  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc for a file that fails to read")
def test_a_file_that_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to("/proc/self/mem")
    (entry,) = walk([str(tmp_path)], LIMITS)
    assert (entry.status, entry.error) == ("decode_error", "Input/output error")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_listed_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (entry,) = walk([str(tmp_path)], LIMITS)
    assert entry.status in ("decode_error", "refused")


def test_empty_unknown_and_large(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"")
    (tmp_path / "2").write_text("notes")
    (tmp_path / "3").write_bytes(b"7z\xbc\xaf\x27\x1c" + b"\0" * 90)
    (tmp_path / "4").write_bytes(b"\xff\xd8\xff" + b"\0" * 2000)
    rows = list(walk([str(tmp_path)], Limits(file_bytes=1000)))
    assert [entry.status for entry in rows] == ["unsupported", "unsupported", "unsupported", "too_large"]
    assert rows[2].error == "7z archives are not read: repack it as zip or tar"
    assert rows[3].error == "2,003 bytes, more than 1,000 (file_bytes)"
    image = inspect_file(str(tmp_path / "4"), Limits(member_bytes=1000))
    assert (image.status, image.error) == ("too_large", "2,003 bytes, more than 1,000 (member_bytes)")


def test_names_that_are_not_utf8_survive(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.png"
    with open(raw, "wb") as stream:  # noqa: PTH123  pathlib takes no bytes
        stream.write(encoded())
    (entry,) = walk([str(tmp_path)], LIMITS)
    assert entry.source.endswith("/caf\\xe9.png")
    assert (entry.status, entry.media_type) == (None, "image")
    assert os.fsencode(locate(entry.source)) == raw
    assert escape("plain \\xe9 é") == "plain \\xe9 é"


def test_very_deep_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    depth = 1200  # more than Python's calls may nest
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.png").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    try:
        assert sum(1 for _ in files(["."])) == 1
    finally:  # pytest's own clean-up recurses
        os.system(f"rm -rf {tmp_path}/d")


def test_large_gif_is_told_apart_beyond_the_head(tmp_path: Path) -> None:
    still = video(1, "gif", "gif", size=(500, 400))
    moving = video(2, "gif", "gif", size=(500, 400))
    (tmp_path / "a.gif").write_bytes(still)
    (tmp_path / "b.gif").write_bytes(moving)
    (tmp_path / "c.zip").write_bytes(zipped({"a.gif": still, "b.gif": moving}))
    assert len(still) > 1 << 16
    rows = [entry for entry in walk([str(tmp_path)], LIMITS) if entry.media_type != "archive"]
    assert [entry.media_type for entry in rows] == ["image", "video", "image", "video"]


def test_examine_gives_the_same_rows_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"x.png": encoded(), "y.png": encoded(seed=1)}))
    (tmp_path / "b.tar").write_bytes(tarred({"x.png": encoded()}))
    sources = [str(tmp_path)]
    assert [row for source in files(sources) for row in examine(source, LIMITS)] == list(walk(sources, LIMITS))


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no media at {REAL}")
def test_real_folder() -> None:
    rows = list(walk([str(REAL)], LIMITS))
    kinds = [entry.media_type for entry in rows]
    assert (kinds.count("image"), kinds.count("video"), kinds.count("other")) == (13, 13, 1)
    assert [Path(entry.source).name for entry in rows if entry.status] == ["LICENSE"]
