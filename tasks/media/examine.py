"""What one file is and holds: the part of finding media that can run in parallel, file by file."""

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from tasks.errors import DecodeError, MediaError, RefusedError, TooLargeError, UnsupportedError
from tasks.media import content as contents
from tasks.media.archive import BROKEN, READABLE, Member, explain, members
from tasks.media.entry import Entry
from tasks.media.meter import Content, Meter, measure
from tasks.media.paths import escape, locate, open_regular
from tasks.media.segments import WHOLE, Segment, segments
from tasks.media.sniff import media_type
from tasks.media.watch import Watch
from tasks.params import Limits
from tasks.urls import is_url, shown

MORE: Final = "*"  # member of the one row that stands for all members over the limit


def examine_watched(sources: Iterable[str], limits: Limits, part_seconds: float, watch: Watch) -> list[Entry]:
    """The rows of files, as `examine` gives them; what has ended a process before is left alone and says so."""
    rows: list[Entry] = []
    for source in sources:
        named = escape(source)
        named = shown(named) if is_url(named) else named
        try:
            rows += examine(source, limits, part_seconds, partial(watch.begin, named))
        except MediaError as error:
            rows.append(_failed(named, None, 0, error))
    return rows


def examine(
    source: str, limits: Limits, part_seconds: float = 0.0, begin: Callable[[], None] = lambda: None
) -> list[Entry]:
    """The row of one file, followed by those of its members if it is an archive.

    Never raises for what the file is: that becomes ``status`` and ``error``. Members are read once, in order,
    as a stream; memory holds the rows, not their content.

    Args:
        source: path or URL.
        limits: what is not opened.
        part_seconds: least length of the parts that a video is cut into; 0: it stays whole, as a member does, which
            would have to be unpacked again for each part.
        begin: called before each step that may take as long as a limit allows.
    """
    begin()
    entry = inspect_file(source, limits)
    if entry.status is not None:
        return [entry]
    begin()
    if entry.media_type == "video" and part_seconds:
        return [replace(entry, parts=_parts(entry, limits, part_seconds))]
    return _archive(entry, limits, begin) if entry.media_type == "archive" else [entry]


def _parts(entry: Entry, limits: Limits, seconds: float) -> tuple[Segment, ...]:
    try:
        return segments(contents.video_input(entry, limits), seconds)
    except MediaError:
        return (WHOLE,)  # scoring it says what is wrong


def inspect_file(source: str, limits: Limits) -> Entry:
    """Hash and recognise one file, without looking at the members of an archive.

    Args:
        source: path or URL; a pipe, socket or device gets a row too and is never opened.
        limits: ``file_bytes``, and ``member_bytes`` for what has to be held in memory: images.
    """
    source = escape(source)
    if is_url(source):
        return _inspect_object(source, limits)
    size = 0
    try:
        found = Path(locate(source)).stat()
        size = found.st_size if stat.S_ISREG(found.st_mode) else 0
        with open_regular(source) as stream:
            if size > limits.file_bytes:
                raise TooLargeError(f"{size:,} bytes, more than {limits.file_bytes:,} (file_bytes)")
            content = measure(Meter(stream, limits.file_bytes, "file_bytes"))
        return _judged(source, None, content, limits)
    except OSError as error:
        return _failed(source, None, size, DecodeError(explain(error)))
    except MediaError as error:
        return _failed(source, None, size, error)


def _inspect_object(url: str, limits: Limits) -> Entry:
    size = 0
    try:
        with open_regular(url) as stream:
            size = stream.seek(0, os.SEEK_END)
            if size > limits.file_bytes:
                raise TooLargeError(f"{size:,} bytes, more than {limits.file_bytes:,} (file_bytes)")
            stream.seek(0)
            entry = _judged(url, None, measure(Meter(stream, limits.file_bytes, "file_bytes")), limits)
    except OSError as error:
        entry = _failed(url, None, size, DecodeError(f"cannot be read: {explain(error)}"))
    except MediaError as error:
        entry = _failed(url, None, size, error)
    name = shown(url)
    return entry if name == url else replace(entry, source=name, address=url)


def _archive(archive: Entry, limits: Limits, begin: Callable[[], None]) -> list[Entry]:
    rows: list[Entry] = []
    error: str | None = None
    status: str | None = None
    unpacked = 0
    over = ""
    try:
        for member in members(archive.place, archive.format or "", limits):
            begin()
            if len(rows) == limits.members:
                over = f"more than {limits.members:,} members: the rest was not read (members)"
            elif unpacked > limits.file_bytes:  # members of a zip may share their bytes
                over = f"more than {limits.file_bytes:,} bytes unpacked: the rest was not read (file_bytes)"
            if over:
                break
            rows.append(replace(_member(archive.source, member, limits), address=archive.address))
            unpacked += rows[-1].bytes
    except MediaError as failure:
        status, error = failure.status, str(failure)
    if over:
        error = over
        rows.append(_failed(archive.source, MORE, 0, RefusedError(error)))
    elif not rows and status is None:
        status, error = UnsupportedError.status, "an archive that holds no files"
    return [replace(archive, status=status, error=error), *rows]


def _member(source: str, member: Member, limits: Limits) -> Entry:
    if member.refusal is not None:
        return _failed(source, member.name, 0, member.refusal)
    meter: Meter | None = None
    try:
        meter = Meter(member.open(), limits.member_bytes, "member_bytes")
        content = measure(meter)
        if media_type(content.format) == "archive":
            raise RefusedError("an archive inside an archive")
        return _judged(source, member.name, content, limits)
    except BROKEN as error:
        return _failed(source, member.name, meter.count if meter else 0, DecodeError(explain(error)))
    except MediaError as error:
        return _failed(source, member.name, meter.count if meter else 0, error)


def _judged(source: str, member: str | None, content: Content, limits: Limits) -> Entry:
    kind = media_type(content.format)
    failure: MediaError | None = None
    if not content.bytes:
        failure = UnsupportedError("an empty file")
    elif kind == "other":
        failure = UnsupportedError("neither an image, a video nor an archive")
    elif kind == "archive" and content.format not in READABLE:
        failure = UnsupportedError(f"{content.format} archives are not read: repack it as zip or tar")
    elif kind == "image" and content.bytes > limits.member_bytes:
        failure = TooLargeError(f"{content.bytes:,} bytes, more than {limits.member_bytes:,} (member_bytes)")
    return Entry(
        source, member, kind, content.format, content.bytes, content.sha256,
        failure.status if failure else None, str(failure) if failure else None,
    )  # fmt: skip


def _failed(source: str, member: str | None, size: int, error: MediaError) -> Entry:
    return Entry(source, member, "other", None, size, None, error.status, str(error))
