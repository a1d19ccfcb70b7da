import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
import pytest

from tasks.errors import DecodeError, MediaError, SourceError, TooLargeError, UnsupportedError
from tasks.sources.source import LIMIT, Entry, Found, Member
from tasks.sources.zipped import contents, entries, unpack


def content(stream: BinaryIO, found: Found) -> bytes:
    assert found.entry is not None
    return unpack(stream, found.size, found.entry)


CONTENT = {"a/1.jpg": b"x" * 5000, "a/2.jpg": bytes(range(256)) * 9, "empty": b""}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh a self-extracting head\n"])
def test_members_are_read_by_position(tmp_path: Path, method: int, before: bytes) -> None:
    path = tmp_path / "x.zip"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.mkdir("a")
        for name, data in CONTENT.items():
            archive.writestr(name, data)
    path.write_bytes(before + buffer.getvalue())
    found = entries(str(path))
    assert [member.name for member in found] == list(CONTENT)
    with path.open("rb") as stream:
        for member in reversed(found):
            assert content(stream, member) == CONTENT[member.name]


def test_a_streamed_zip_has_its_sizes_in_the_directory_only(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.data += piece
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.jpg", CONTENT["a/1.jpg"])
    path = tmp_path / "x.zip"
    path.write_bytes(pipe.data)
    (member,) = entries(str(path))
    with path.open("rb") as stream:
        assert content(stream, member) == CONTENT["a/1.jpg"]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(range(256)) * 40)
    return path


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"size": LIMIT + 1}, TooLargeError),
        ({"packed": LIMIT + 1}, TooLargeError),
        ({"size": 100}, DecodeError),  # promises less than comes: a bomb
        ({"size": 99999}, DecodeError),
        ({"crc": 1}, DecodeError),
        ({"offset": 7}, DecodeError),
        ({"offset": -3}, DecodeError),
        ({"offset": 1 << 40}, DecodeError),
        ({"packed": 20}, DecodeError),
        ({"method": 0}, DecodeError),
        ({"method": 12}, DecodeError),
        ({"method": 97}, UnsupportedError),
    ],
)
def test_damage_is_an_error_of_that_member(packed: Path, change: dict[str, int], error: type[MediaError]) -> None:
    (found,) = entries(str(packed))
    assert found.entry is not None
    size = change.pop("size", found.size)
    with packed.open("rb") as stream, pytest.raises(error):
        unpack(stream, size, found.entry._replace(**change))


@pytest.mark.parametrize(
    ("name", "mode", "refusal"),
    [
        ("train/happy/1.jpg", 0o100644, ""),
        ("../happy/1.jpg", 0o100644, "a path that leaves the archive"),
        ("train\\..\\..\\x", 0o100644, "a path that leaves the archive"),
        ("/etc/passwd", 0o100644, "an absolute path inside an archive"),
        ("C:\\x.jpg", 0o100644, "an absolute path inside an archive"),
        ("train/happy/link.jpg", 0o120777, "a link inside an archive"),
        ("", 0o100644, "a member without a name"),
    ],
)
def test_what_leaves_the_archive_is_refused(tmp_path: Path, name: str, mode: int, refusal: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, b"/etc/passwd")
    (found,) = entries(str(path))
    assert found.refusal == refusal


def test_an_encrypted_member_is_refused(packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(content)
    assert entries(str(packed))[0].refusal == "encrypted"


def test_flipped_bytes_never_escape_as_another_exception(packed: Path) -> None:
    (member,) = entries(str(packed))
    assert member.entry is not None
    whole = packed.read_bytes()
    for at in range(0, member.entry.packed + 30, 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            data = content(io.BytesIO(bytes(damaged)), member)
        except MediaError:
            continue
        assert data == bytes(range(256)) * 40  # the byte was not one that matters


@pytest.mark.parametrize("keep", [0, 10, 200, -1])
def test_a_cut_zip_is_refused(packed: Path, keep: int) -> None:
    packed.write_bytes(packed.read_bytes()[:keep])
    with pytest.raises(SourceError, match="not a whole zip"):
        entries(str(packed))


def test_members_are_fetched_from_a_store_by_ranges() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in CONTENT.items():
            info = zipfile.ZipInfo(name)
            if name == "a/1.jpg":
                info.extra = (0x7777).to_bytes(2, "little") + (5000).to_bytes(2, "little") + bytes(5000)
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/zipped/x.zip", buffer.getvalue())
    url = "memory://zipped/x.zip"
    members = [
        Member(found.name, found.name, "training", 0, size=found.size, entry=found.entry) for found in entries(url)
    ]
    broken = members[0]._replace(entry=Entry(3, 10, 8, 0))
    found = list(contents(url, [*members, broken]))
    assert found[:3] == list(CONTENT.values())
    assert isinstance(found[3], DecodeError)
