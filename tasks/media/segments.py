"""Where a long video is cut, so that its parts are decoded apart: at key frames, about every so many seconds."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np

from tasks.media.container import open_container, video_stream

# Their packets are stored with times and can be sought exactly; each packet of these codecs gives one frame.
CONTAINERS: Final = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
_CODECS: Final = {"h264", "hevc", "mpeg4", "vp9", "av1", "mjpeg"}


@dataclass(frozen=True, slots=True)
class Segment:
    """The frames that are shown from ``first`` on and before ``last``; times are ticks of the stream's time base.

    Args:
        first: time of the key frame that it begins with; None: it begins with the video.
        last: time of the key frame that the next one begins with; None: it ends with the video.
        index: number of frames before it.
        before: time of the frame that is shown before it; None: there is none.
        frames: number of its own, as its packets promise; None for a whole video.
    """

    first: int | None = None
    last: int | None = None
    index: int = 0
    before: int | None = None
    frames: int | None = None

    def holds(self, ticks: int) -> bool:
        """Whether a frame of that time is one of it."""
        return (self.first is None or ticks >= self.first) and (self.last is None or ticks < self.last)


WHOLE: Final = Segment()


def segments(file: str | io.IOBase, seconds: float) -> tuple[Segment, ...]:
    """Cut a video into parts of at least ``seconds`` each, by its packets alone: nothing is decoded.

    Together they give the frames of the whole, with the same numbers and times. What can't be cut so (packets without
    times, twice the same time, damage, a container or codec that isn't sought exactly) is one part.

    Raises:
        DecodeError: it cannot be opened.
        UnsupportedError: no video stream, or no decoder for it.
    """
    with open_container(file) as container:
        stream = video_stream(container)
        if container.format.name not in CONTAINERS or stream.codec_context.name not in _CODECS:
            return (WHOLE,)
        found = _packets(container, stream)
        tick = Fraction(stream.time_base or Fraction(1, 1000))
    if found is None:
        return (WHOLE,)
    times, keys = found
    cuts = _cuts(keys.tolist(), int(times[-1]), max(1, round(seconds / tick)))
    if not cuts:
        return (WHOLE,)
    edges, places = [None, *cuts, None], [0, *np.searchsorted(times, cuts).tolist(), len(times)]
    return tuple(
        Segment(first, last, index, int(times[index - 1]) if index else None, end - index)
        for first, last, index, end in zip(edges[:-1], edges[1:], places[:-1], places[1:], strict=True)
    )


def _packets(container: Any, stream: Any) -> tuple[Any, Any] | None:
    """Times of all packets and of the key frames, both sorted; None where they can't be relied on."""
    times: list[int] = []
    keys: list[int] = []
    try:
        for packet in container.demux(stream):
            if not packet.size:  # the last one, which asks decoders for what they hold back
                continue
            if packet.pts is None or packet.is_discard or packet.is_corrupt:
                return None
            times.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
    except av.FFmpegError:
        return None
    ordered = np.unique(np.array(times, np.int64))
    return (ordered, np.unique(np.array(keys, np.int64))) if 0 < len(ordered) == len(times) else None


def _cuts(keys: list[int], end: int, least: int) -> list[int]:
    """Those of the key frames' times that a part begins with; no part is shorter than ``least`` ticks."""
    cuts: list[int] = []
    last = keys[0] if keys else 0
    for key in keys:
        if key - last >= least and end - key >= least:
            cuts.append(key)
            last = key
    return cuts
