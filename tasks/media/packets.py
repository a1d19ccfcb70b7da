"""The packets of one video stream, decoded: frames and failures as they come out of the decoder."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, dropwhile
from typing import Any

import av

from tasks.media.clock import Clock
from tasks.media.segments import WHOLE, Segment
from tasks.media.skim import Skim


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded frame, or why a packet gave none; ``ticks`` of the stream's time base."""

    frame: Any
    ticks: int
    error: str | None


class Packets:
    """Reads and decodes one stream of an open container.

    Attributes:
        skipped: packets so far that the container itself marks as not to be shown (edit lists).
        begun: times of the packets that were decoded before there was a ``skim``.
        skim: tells the decoder what it may pass over, from the next packet on; None while all is decoded.
    """

    def __init__(self, container: Any, stream: Any, in_time: Callable[[], None]) -> None:
        """Take the stream; ``in_time`` is asked before each packet and raises when there is no time left."""
        self._container, self._stream, self._in_time = container, stream, in_time
        self.skipped = 0
        self.begun: list[int | None] = []
        self.skim: Skim | None = None

    def events(self, part: Segment = WHOLE) -> Generator[Event]:
        """Decode from the beginning of ``part`` to the end of the stream."""
        stream = self._stream
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        tick = Fraction(stream.time_base or Fraction(1, 1000))
        clock = Clock(stream.start_time or 0, max(1, round(1 / (rate * tick))))
        packets = self._container.demux(stream) if part.first is None else self._sought(part.first)
        skimmed = False
        while True:
            self._in_time()
            if self.skim is not None and not skimmed:
                packets, skimmed = self.skim.packets(packets), True
            packet = None
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                if packet.size and not packet.is_discard and not skimmed:
                    self.begun.append(None if packet.is_corrupt else packet.pts)
                clock.packet(packet.pts, packet.dts)
                self.skipped += bool(packet.is_discard)
                frames = packet.decode()
            except av.FFmpegError as error:
                if self.skim is not None:
                    self.skim.failed(None if packet is None else packet.pts)
                lost = clock.failed(*((packet.pts, packet.dts) if packet is not None else (None, None)))
                yield Event(None, lost, f"damaged packet: {error.strerror or type(error).__name__}")
                if packet is not None:
                    continue
                frames = self._drain()  # reading ended here; what was read is still shown
            for frame in frames:
                yield Event(frame, clock.frame(frame.pts, frame.duration), None)

    def _sought(self, first: int) -> Iterator[Any]:
        """The packets from the key frame on that is shown at ``first``."""
        self._container.seek(first, stream=self._stream)
        packets = self._container.demux(self._stream)
        begun = next(packets, None)
        if begun is None or begun.pts is None or begun.pts > first:
            # Containers are sought by the order of decoding, where a later key frame may come first.
            self._container.seek(self._stream.start_time or 0, stream=self._stream)
            packets = self._container.demux(self._stream)
            begun = next(packets, None)
        return dropwhile(lambda packet: packet.pts != first, chain([begun] if begun is not None else [], packets))

    def _drain(self) -> list[Any]:
        try:
            return list(self._stream.codec_context.decode(None))
        except av.FFmpegError:  # nothing was left in the decoder
            return []
