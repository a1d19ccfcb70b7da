"""The medium that rows are of: is it there, is it the same, and what its clock and size are."""

import hashlib
from dataclasses import dataclass
from typing import Any

from tasks.errors import DecodeError, MediaError
from tasks.media import content
from tasks.media.archive import explain
from tasks.media.entry import Entry
from tasks.media.paths import open_regular
from tasks.media.video import Video
from tasks.params import Limits
from tasks.report.run import Run
from tasks.show.seen import Faces, Key
from tasks.show.spans import Span


@dataclass(frozen=True)
class Screen:
    """What a player shows: width and height in pixels, upright, and the milliseconds at which its clock is 0."""

    size: tuple[int, int] | None
    origin: float


def limits(run: Run) -> Limits:
    """What the run refused to open."""
    given: Any = run.params.get("limits") or {}
    return Limits.model_validate({name: given[name] for name in Limits.model_fields if name in given})


def entry(key: Key, faces: Faces) -> Entry:
    """The medium as it was found."""
    return Entry(key.source, key.member, faces.media_type, None, 0, faces.sha256)


def check(found: Entry, within: Limits) -> None:
    """See that a medium holds what was scored; a file is read in pieces, a member of an archive whole.

    Raises:
        MediaError: it is gone, cannot be read, or holds something else now.
    """
    try:
        if found.member is None:
            with open_regular(found.place) as stream:  # never opens a pipe
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        else:
            digest = hashlib.sha256(content.read(found, within)).hexdigest()
    except OSError as error:
        raise DecodeError(explain(error)) from error
    if digest != found.sha256:
        raise DecodeError("has changed since it was scored (its sha256 is another)")


def screen(found: Entry, span: Span, within: Limits) -> tuple[Screen, str | None]:
    """The size and the clock of a video, and why they are not known, or None.

    Rows hold the times of the container's own clock (``tasks.media.video``), which need not begin at 0: a recording of
    television begins anywhere. Players (mpv, VLC, ffmpeg when it burns subtitles in) put their 0 where the first of
    all streams begins, sound or picture, which is ``VideoInfo.start_ms``. Without the medium the first frame's time is
    the best guess: it is off by as much as the sound begins earlier.
    """
    try:
        with Video(content.video_input(found, within), within) as video:
            info = video.info
    except MediaError as error:
        return Screen(None, span.first), str(error)
    start = span.first if info.start_ms is None else min(info.start_ms, span.first)
    return Screen((info.width, info.height), start), None
