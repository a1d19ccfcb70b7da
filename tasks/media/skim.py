"""Frames that nobody needs are not decoded: those that are not sampled and that no other frame refers to."""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final

import av

from tasks.media.sampling import Sampler
from tasks.media.segments import CONTAINERS, WHOLE, Segment

# Only there a picture that says so is referred to by none: HEVC's may be by those of a higher layer.
_CODECS: Final = {"h264"}
_LATE: Final = 64  # frames
_PACKETS, _BYTES = 512, 1 << 25  # held at a time, while the next key frame is looked for


class Skim:
    """Tells the decoder of one stream which packets it may pass over.

    All packets up to the next key frame are read before the first of them is decoded: their times in order are those
    of the frames, and the sampler says which of them are taken. What is damaged in a frame that was passed over stays
    unknown; after damage that was met everything up to the next key frame is decoded.

    Attributes:
        skipping: whether anything is passed over in this stream at all.
    """

    def __init__(
        self, container: Any, stream: Any, sampler: Sampler, part: Segment = WHOLE, begun: Iterable[int | None] = ()
    ) -> None:
        """Begin ``part`` behind the packets whose times are ``begun``; ``sampler`` stands before it and is used up."""
        self._part = part
        self._context, self._sampler, self._tick = stream.codec_context, sampler, sampler.tick
        self._times = list(begun)  # of the frames that are shown, since the last key frame
        self._passed: list[int] = []
        self._told_of: deque[int] = deque(maxlen=_LATE)
        self._spoiled = False
        known = container.format.name in CONTAINERS and self._context.name in _CODECS
        self.skipping = known and not sampler.takes_all

    def packets(self, packets: Iterator[Any]) -> Iterator[Any]:
        """The same packets; before each the decoder is told whether its frame may be passed over.

        Raises:
            av.FFmpegError: reading ended, after everything that was read before.
        """
        if not self.skipping:
            yield from packets
            return
        held: list[Any] = []
        packet, size, ended = None, 0, None
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:
                packet, ended = None, error
            if packet is None or not packet.size or packet.is_keyframe:
                yield from self._told(held)
                held, size, self._spoiled = [], 0, False
            if packet is None:
                break
            held.append(packet)
            size += packet.size
            if packet.size and not packet.is_discard:
                self._times.append(None if packet.is_corrupt else packet.pts)
            if len(held) > _PACKETS or size > _BYTES or not packet.size:
                yield from self._all(held)
                held, size, self._spoiled = [], 0, True
        if ended is not None:
            raise ended

    def failed(self, pts: int | None) -> None:
        """Take note of damage in the packet of that time, the last one that was given."""
        self._spoiled = True
        if pts in self._passed:
            self._passed.remove(pts)
            heapify(self._passed)

    def shown(self, ticks: int) -> list[int]:
        """Times of the frames that were passed over since the last call and come before the one at ``ticks``."""
        found = []
        while self._passed and self._passed[0] <= ticks:
            if (time := heappop(self._passed)) < ticks:  # else the decoder needed it after all
                found.append(time)
        self._told_of.extend(found)
        return found

    def late(self, ticks: int) -> bool:
        """Whether the frame at ``ticks`` was told of as passed over: behind damage some come out of their order."""
        return ticks in self._told_of

    def rest(self) -> list[int]:
        """Times of all that were passed over and that nothing came after."""
        found, self._passed = sorted(self._passed), []
        return found

    def _told(self, held: list[Any]) -> Iterator[Any]:
        known = {time for time in self._times if time is not None}
        self.skipping = self.skipping and len(known) == len(self._times)  # no half pictures, none without a time
        self._times = []
        shown = sorted(filter(self._part.holds, known))
        needed = {time for time in shown if self._sampler.takes(time * self._tick)}
        for packet in held:
            if self._spoiled or not self.skipping or packet.is_discard or packet.pts in needed:
                self._context.skip_frame = "DEFAULT"
            else:
                self._context.skip_frame = "NONREF"
                if self._part.holds(packet.pts):
                    heappush(self._passed, packet.pts)
            yield packet

    def _all(self, held: list[Any]) -> Iterator[Any]:
        for packet in held:
            self._context.skip_frame = "DEFAULT"
            yield packet
