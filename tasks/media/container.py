"""Opening videos with PyAV: which stream, and what the container says about it."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData

from tasks.errors import DecodeError, UnsupportedError
from tasks.media.orient import clockwise

av.logging.set_level(None)  # FFmpeg writes to stderr from C; what matters comes as an exception

# Playlists and the like would make FFmpeg open other files and addresses.
_FORMATS: Final = "mov,matroska,webm,avi,asf,mpegts,mpeg,mpegvideo,flv,ogg,gif"
_GENERATE_PTS: Final = 1  # AVFMT_FLAG_GENPTS invents times for AVI that run backwards


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What the container and the first frame say.

    Args:
        width, height: pixels, upright.
        frames_total: frames that the container promises; None when it does not say.
        duration_ms: None when the container does not say.
        fps: average frames per second; None when unknown.
        rotation: degrees clockwise that were needed to turn it upright: 0, 90, 180 or 270.
        codec: FFmpeg's name.
        start_ms: where the clock of all streams begins, which players show as 0; None when the container does not say.
        pixel_aspect: width by height of one pixel, upright.
    """

    width: int
    height: int
    frames_total: int | None
    duration_ms: float | None
    fps: float | None
    rotation: int
    codec: str
    start_ms: float | None
    pixel_aspect: Fraction


def open_container(file: str | io.IOBase) -> Any:
    """Open a path, bytes or a stream with PyAV.

    Raises:
        DecodeError: not a video, or too damaged to begin.
    """
    # "file:" and the white lists: a name such as "concat:a|b" is a name and no protocol.
    source = f"file:{file}" if isinstance(file, str) else file
    options = {"format_whitelist": _FORMATS} | ({"protocol_whitelist": "file"} if isinstance(file, str) else {})
    try:
        container = av.open(source, container_options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise DecodeError(f"cannot be opened as a video: {error.strerror or type(error).__name__}") from error
    container.flags &= ~_GENERATE_PTS
    return container


def video_stream(container: Any) -> Any:
    """The best stream that moves (a cover picture does not), set to decode on one thread.

    Raises:
        UnsupportedError: no video stream, or no decoder for it.
    """
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams:
        raise UnsupportedError("no video stream")
    best = container.streams.best("video")
    stream = best if best in streams else streams[0]
    if stream.codec_context is None:
        raise UnsupportedError("no decoder for its codec")
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    return stream


def matrix(frame: Any) -> list[int] | None:
    """The display matrix of a decoded frame, for ``orient``."""
    data = frame.side_data.get(SideData.DISPLAYMATRIX)
    return None if data is None else [int(number) for number in np.frombuffer(bytes(data), np.int32)]


def describe(container: Any, stream: Any, frame: Any) -> VideoInfo:
    """Gather ``VideoInfo``; ``frame`` is the first decoded one, or None if there is none."""
    context = stream.codec_context
    rotation = 0 if frame is None else clockwise(matrix(frame))
    width, height = (context.width, context.height) if frame is None else (frame.width, frame.height)
    aspect = Fraction(stream.sample_aspect_ratio or 0) or Fraction(1)
    if rotation in (90, 270):
        width, height, aspect = height, width, 1 / aspect
    duration = None
    if stream.duration and stream.time_base:
        duration = float(stream.duration * stream.time_base * 1000)
    elif container.duration:
        duration = container.duration / 1000  # from microseconds
    rate = stream.average_rate or stream.guessed_rate
    start = None if container.start_time is None else container.start_time / 1000  # from microseconds
    return VideoInfo(
        width, height, stream.frames or None, duration, float(rate) if rate else None, rotation, context.name, start,
        aspect,
    )  # fmt: skip
