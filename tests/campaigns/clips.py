"""Valid videos and archives in every format that cameras, programs and networks leave behind, to be damaged."""

import io
import tarfile
import zipfile
from fractions import Fraction
from functools import cache
from typing import Any, Final

import av
import cv2
import numpy as np

from campaigns.pictures import Picture, bank
from tasks.schema import EMOTIONS
from tasks.synthetic.crops import crop

FRAMES: Final = 12
SIDE: Final = 96  # pixels
# Ending, container and encoder; encoders that PyAV was built without are left out.
_VIDEOS: Final = (
    ("mp4", "mp4", "libx264"),
    ("mov", "mov", "mjpeg"),
    ("mkv", "matroska", "mpeg4"),
    ("webm", "webm", "libvpx-vp9"),
    ("avi", "avi", "mpeg4"),
    ("avi", "avi", "mjpeg"),
    ("ts", "mpegts", "libx264"),
    ("mpg", "mpeg", "mpeg2video"),
    ("flv", "flv", "flv"),
    ("wmv", "asf", "wmv2"),
    ("mkv", "matroska", "ffv1"),
    ("gif", "gif", "gif"),
)
_TARS: Final = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


@cache
def videos(seed: int) -> tuple[Picture, ...]:
    """A short clip of every kind."""
    made = [
        Picture(ending, _clip(seed, number, container, codec))
        for number, (ending, container, codec) in enumerate(_VIDEOS)
        if codec in av.codecs_available
    ]
    return tuple(made)


@cache
def archives(seed: int) -> tuple[Picture, ...]:
    """Some pictures and a clip in a zip, stored and packed, and in each kind of tar."""
    inside = {f"{number}/{number}.{one.ending}": one.data for number, one in enumerate(bank(seed)[:6])}
    inside["clip.mkv"] = videos(seed)[2].data
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    made = [Picture("zip", zipped(inside, method)) for method in methods]
    return (*made, *(Picture(kind, tarred(inside, mode)) for kind, mode in _TARS.items()))


def zipped(inside: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip; the same bytes for the same content."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in inside.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def tarred(inside: dict[str, bytes], mode: str = "w") -> bytes:
    """A tar, packed as ``mode`` says."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in inside.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _clip(seed: int, number: int, container: str, codec: str) -> bytes:
    stream_ = io.BytesIO()
    with av.open(stream_, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream: Any = output.add_stream(codec, rate=Fraction(10 if codec not in ("mpeg2video", "flv") else 25))
        stream.width = stream.height = SIDE
        stream.pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        stream.codec_context.thread_count = 1
        for index in range(FRAMES):
            face = crop(seed, 500 + number, EMOTIONS[number % len(EMOTIONS)], index)
            grey = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            frame = av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=2), format="bgr24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return stream_.getvalue()
