"""Films as long and as large as one likes, made of a clip."""

from pathlib import Path
from typing import Final

import av

from tasks.files import replacing

FORMATS: Final = {".mp4": "mp4", ".mkv": "matroska"}


def repeated(clip: Path, out: Path, times: int) -> Path:
    """Write the packets of ``clip``'s first video stream ``times`` times in a row to ``out``: nothing is encoded again.

    Args:
        clip: begins with a key frame.
        out: ends in .mp4 or .mkv.
    """
    with replacing(out) as temporary, av.open(str(temporary), "w", format=FORMATS[out.suffix]) as made:
        stream, start = None, 0
        for _ in range(times):
            with av.open(str(clip)) as source:
                video = source.streams.video[0]
                stream = stream or made.add_stream_from_template(video)
                packets = [one for one in source.demux(video) if one.pts is not None and one.dts is not None]
                shift = start - packets[0].dts
                start = max(one.pts + (one.duration or 1) for one in packets) + shift
                for packet in packets:
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    made.mux(packet)
    return out


def enlarged(clip: Path, out: Path, height: int = 1080) -> Path:
    """Write ``clip`` to ``out`` as H.264 of that ``height``: what faces and background do to a detector stays real."""
    with av.open(str(clip)) as source, replacing(out) as temporary, av.open(str(temporary), "w", format="mp4") as made:
        video = source.streams.video[0]
        width = round(video.width * height / video.height / 2) * 2
        stream = made.add_stream("libx264", rate=video.average_rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number, frame in enumerate(source.decode(video)):
            large = frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
            large.pts, large.time_base = number, 1 / video.average_rate
            made.mux(stream.encode(large))
        made.mux(stream.encode(None))
    return out
