"""Small media that tests make for themselves."""

import io
import tarfile
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "media"


def picture(width: int = 64, height: int = 48, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth random colours, (height, width, 3) BGR."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def encoded(extension: str = ".png", seed: int = 0) -> bytes:
    """A small picture as a file."""
    return bytes(cv2.imencode(extension, picture(seed=seed))[1].tobytes())


def video(
    frames: int = 20,
    codec: str = "libx264",
    container: str = "mp4",
    times_ms: list[int] | None = None,
    rotation: int | None = None,
    options: dict[str, str] | None = None,
    size: tuple[int, int] = (64, 48),
) -> bytes:
    """A clip at 30 frames per second or at the given times; a bright block in its upper left quarter."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(0)
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=30, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for number in range(frames):
            image = noise.integers(0, 60, (size[1], size[0], 3), dtype=np.uint8)
            image[: size[1] // 2, : size[0] // 2] = 230
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def damaged(data: bytes, numbers: tuple[int, ...]) -> bytes:
    """The clip with the content of some packets (in the order of decoding) overwritten."""
    with av.open(io.BytesIO(data)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    spoiled = bytearray(data)
    for number in numbers:
        position, size = packets[number]
        spoiled[position : position + size] = b"\xa5" * size
    return bytes(spoiled)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
