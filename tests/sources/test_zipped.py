import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import DecodeError, MediaError, RefusedError, SourceError, TooLargeError, UnsupportedError
from tasks.sources.zipped import LIMIT, entries, unpack

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
    found = entries(path)
    assert [member.name for member in found] == list(CONTENT)
    with path.open("rb") as stream:
        for member in reversed(found):
            assert unpack(stream, member) == CONTENT[member.name]


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
    (member,) = entries(path)
    with path.open("rb") as stream:
        assert unpack(stream, member) == CONTENT["a/1.jpg"]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(range(256)) * 40)
    return path


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"encrypted": True}, RefusedError),
        ({"size": LIMIT + 1}, TooLargeError),
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
    (member,) = entries(packed)
    with packed.open("rb") as stream, pytest.raises(error):
        unpack(stream, member._replace(**change))  # type: ignore[arg-type]


def test_flipped_bytes_never_escape_as_another_exception(packed: Path) -> None:
    (member,) = entries(packed)
    whole = packed.read_bytes()
    for at in range(0, member.packed + 30, 3):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            data = unpack(io.BytesIO(bytes(damaged)), member)
        except MediaError:
            continue
        assert data == bytes(range(256)) * 40  # the byte was not one that matters


@pytest.mark.parametrize("keep", [0, 10, 200, -1])
def test_a_cut_zip_is_refused(packed: Path, keep: int) -> None:
    packed.write_bytes(packed.read_bytes()[:keep])
    with pytest.raises(SourceError, match="not a whole zip"):
        entries(packed)
