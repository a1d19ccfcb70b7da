"""Write clips as video files with true presentation times."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from tasks.errors import UsageError
from tasks.files import replacing
from tasks.synthetic.clips import Clip

FORMATS: Final = {".mp4": "mp4", ".mkv": "matroska"}
_MILLISECONDS: Final = Fraction(1, 1000)
_H264: Final = {"preset": "veryfast", "crf": "20", "x264-params": "mbtree=0"}  # mbtree: bytes vary from run to run
_MPEG4: Final = {"qscale": "3"}


def write_clip(path: Path, clip: Clip, codec: str = "h264", front: bool = False) -> None:
    """Write ``clip`` without sound.

    Args:
        path: ends in .mp4 or .mkv.
        clip: what to draw and when.
        codec: ``h264`` (``mpeg4`` where PyAV was built without libx264) or ``mpeg4``.
        front: put the index of an .mp4 at its beginning, so that a cut-off file still opens.

    Raises:
        UsageError: another suffix or codec.
        OSError: the file cannot be written.
    """
    if path.suffix not in FORMATS:
        raise UsageError(f"{path}: expected a file that ends in {' or '.join(FORMATS)}. Received: {path.suffix!r}")
    if codec not in {"h264", "mpeg4"}:
        raise UsageError(f"codec must be h264 or mpeg4. Received: codec={codec!r}")
    encoder = "libx264" if codec == "h264" and "libx264" in av.codecs_available else "mpeg4"
    # Without `bitexact` Matroska gets a random identifier.
    options = {"fflags": "+bitexact", **({"movflags": "+faststart"} if front else {})}
    with replacing(path) as temporary, _opened(temporary, FORMATS[path.suffix], options) as container:
        stream: Any = container.add_stream(encoder, rate=Fraction(clip.fps).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
        stream.options = _H264 if encoder == "libx264" else _MPEG4
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = stream.time_base = _MILLISECONDS
        for pixels, pts in zip(clip.frames, clip.pts_ms, strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            frame.pts, frame.time_base = pts, _MILLISECONDS
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@contextmanager
def _opened(path: Path, kind: str, options: dict[str, str]) -> Iterator[Any]:
    with av.open(str(path), "w", format=kind, options=options) as container:
        yield container
