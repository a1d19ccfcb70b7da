"""A film as long as one likes: the packets of a clip over and over, without encoding anything again."""

from pathlib import Path
from typing import Final

import av

from tasks.files import replacing

FORMATS: Final = {".mp4": "mp4", ".mkv": "matroska"}


def repeated(clip: Path, out: Path, times: int) -> Path:
    """Write the first video stream of ``clip`` ``times`` times in a row to ``out``; return ``out``.

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
