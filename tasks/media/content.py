"""The bytes of what was found."""

import io
import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from tasks.errors import DecodeError, MediaError, StoreError, TooLargeError
from tasks.media.archive import BROKEN, Member, explain, members
from tasks.media.entry import Entry
from tasks.media.meter import PIECE, Meter
from tasks.media.paths import locate, open_regular
from tasks.media.sniff import HEAD, HEAD_BZIP2, sniff
from tasks.params import Limits
from tasks.urls import is_url


def read(entry: Entry, limits: Limits) -> bytes:
    """Read a file or member whole, at most ``limits.member_bytes`` of it.

    For several members of one archive ``read_many`` is the way: a tar is read from its start each time.

    Raises:
        MediaError: unreadable, gone, broken, refused or too large.
    """
    if entry.member is not None:
        for _, data in read_many([entry], limits):
            if isinstance(data, MediaError):
                raise data
            return data
    try:
        with open_regular(entry.place) as stream:
            return _whole(Meter(stream, limits.member_bytes, "member_bytes"))
    except OSError as error:
        raise DecodeError(explain(error)) from error


def read_many(entries: Sequence[Entry], limits: Limits) -> Iterator[tuple[Entry, bytes | MediaError]]:
    """Read members of one archive in a single pass, one at a time in memory.

    Args:
        entries: members of one source, in any order.
        limits: ``member_bytes``, and ``file_bytes`` of a tar.

    Returns:
        Each entry once, in the order of the archive, with its bytes or what went wrong; missing ones at the end.

    Raises:
        ValueError: entries of more than one archive, or no members.
    """
    wanted = {entry.member: entry for entry in entries if entry.member is not None}
    if len(wanted) != len(entries) or len({entry.source for entry in entries}) > 1:
        raise ValueError(f"expected different members of one archive. Received: {[e.member for e in entries][:3]}")
    if not entries:
        return
    source = entries[0].place
    reason: MediaError = DecodeError("no such member in the archive any more")
    try:
        for member in members(source, _format(source), limits):
            if (entry := wanted.pop(member.name, None)) is not None:
                yield entry, _member(member, limits)
            if not wanted:
                return
    except MediaError as error:
        reason = error
    for entry in wanted.values():
        yield entry, reason


def video_input(entry: Entry, limits: Limits) -> str | io.IOBase:
    """What ``Video`` opens: the path of a file, so that it is never read whole, an object's stream, a member's bytes.

    Raises:
        MediaError: unreadable, gone, broken, refused or too large.
    """
    if entry.member is not None:
        return io.BytesIO(read(entry, limits))
    try:
        stream = open_regular(entry.place)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
    except OSError as error:
        raise DecodeError(explain(error)) from error
    far = is_url(entry.place)
    if not far:
        stream.close()
    if size > limits.file_bytes:
        raise TooLargeError(f"{size:,} bytes, more than {limits.file_bytes:,} (file_bytes)")
    return _Watched(stream) if far else locate(entry.source)


class _Watched(io.RawIOBase):
    """A stream for FFmpeg, which would take a store that stops to answer for the end of the video."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._failed = stream, False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any, /) -> int:
        if self._failed:  # FFmpeg reads on before PyAV raises what was raised here
            return 0
        try:
            data = self._stream.read(len(buffer))
        except StoreError:
            self._failed = True
            raise
        except OSError as error:
            self._failed = True
            raise DecodeError(f"cannot be read: {explain(error)}") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _member(member: Member, limits: Limits) -> bytes | MediaError:
    if member.refusal is not None:
        return member.refusal
    try:
        return _whole(Meter(member.open(), limits.member_bytes, "member_bytes"))
    except BROKEN as error:
        return DecodeError(explain(error))
    except MediaError as error:
        return error


def _whole(meter: Meter) -> bytes:
    pieces: list[bytes] = []
    while piece := meter.read(PIECE):
        pieces.append(piece)
    return b"".join(pieces)


def _format(source: str) -> str:
    try:
        with open_regular(source) as stream:
            head = stream.read(HEAD)
            name = sniff(head + stream.read(HEAD_BZIP2 - HEAD) if head.startswith(b"BZh") else head)
    except OSError as error:
        raise DecodeError(explain(error)) from error
    if name is None:
        raise DecodeError("not an archive any more")
    return name
