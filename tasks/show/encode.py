"""Frames to a video file, each at its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
import numpy.typing as npt

from tasks.files import replacing
from tasks.media.container import VideoInfo

TICKS: Final = 90_000  # per second: MPEG's clock; times of 1/25, 1/30 and 1/1000 s are whole in it
CODEC: Final = "libx264" if "libx264" in av.codecs_available else "mpeg4"
_OPTIONS: Final = {"libx264": {"preset": "veryfast", "crf": "20"}, "mpeg4": {"qscale": "3"}}
_BT601: Final = 6  # AVCOL_SPC_SMPTE170M, what FFmpeg makes of BGR; said, as players take large videos for BT.709


class Encoder:
    """An open .mp4; ``add`` frames in the order of their times."""

    def __init__(self, container: Any, info: VideoInfo) -> None:
        self._container = container
        self._size = (info.width, info.height)
        rate = Fraction(info.fps or 25).limit_denominator(1001)
        self._stream: Any = container.add_stream(CODEC, rate=rate, options=_OPTIONS[CODEC])
        # yuv420p halves both sides for colour.
        self._stream.width, self._stream.height = info.width + info.width % 2, info.height + info.height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.sample_aspect_ratio = info.pixel_aspect
        self._stream.codec_context.colorspace = _BT601
        self._stream.codec_context.time_base = self._stream.time_base = Fraction(1, TICKS)
        self._last = -1

    def add(self, image: npt.NDArray[np.uint8], ms: float) -> None:
        """Show a BGR image (h, w, 3) from ``ms`` milliseconds on; one that is not later follows a tick later.

        The first is shown from 0 on as well. Where the source's sound begins before its picture, the file would else
        begin late, and players would move that moment to their 0, away from subtitles and from the source.
        """
        if (image.shape[1], image.shape[0]) != self._size:  # videos may change their size on the way
            image = np.asarray(cv2.resize(image, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        right, below = self._size[0] % 2, self._size[1] % 2
        if right or below:
            image = np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        ticks = round(ms * TICKS / 1000)
        if self._last < 0 < ticks:
            self._put(image, 0)
        self._put(image, max(ticks, self._last + 1))

    def _put(self, image: npt.NDArray[np.uint8], ticks: int) -> None:
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base, self._last = ticks, Fraction(1, TICKS), ticks
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


@contextmanager
def encoding(path: Path, info: VideoInfo) -> Iterator[Encoder]:
    """An encoder for ``path`` (.mp4): written beside, and renamed when the block ends well."""
    options = {"movflags": "+faststart"}
    with replacing(path) as temporary, av.open(str(temporary), "w", format="mp4", options=options) as container:
        encoder = Encoder(container, info)
        yield encoder
        encoder.finish()
