"""Key frames alone: everything else is passed over without being decoded."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import av


@dataclass(slots=True)
class Key:
    """A packet that holds a key frame, and what came of it.

    Args:
        index: of its frame among all that decoding every packet would show: packets before it, those that follow it
            but are shown earlier among them. It is another where a packet is no frame (half pictures), fails, or has
            no time of its own (MPEG program streams, where frames that are shown earlier are taken for later ones).
        pts, dts: ticks, as the container has them.
        frame: decoded, or None.
        error: what failed, or None.
    """

    index: int
    pts: int | None
    dts: int | None
    frame: Any = None
    error: str | None = None

    @property
    def ticks(self) -> int | None:
        """When it is shown; an AVI has no such times, but there a key frame is shown when it is decoded."""
        guessed = None if self.frame is None else self.frame.pts
        return next((ticks for ticks in (self.pts, guessed, self.dts) if ticks is not None), None)


class KeyFrames:
    """Decodes the key frames of a stream.

    Packets that the container does not mark as key frames are never given to the decoder, and it is told to skip
    what is none after all. A key frame so damaged that it isn't known for one is passed over.

    Attributes:
        passed: packets so far that were passed over, each a frame that was not looked at.
        skipped: packets so far that the container itself marks as not to be shown (edit lists).
        last: latest time of a packet so far, ticks.
    """

    def __init__(self, container: Any, stream: Any, check: Callable[[], None]) -> None:
        """Begin; ``check`` is called before each packet and may raise."""
        self.passed = self.skipped = 0
        self.last: int | None = None
        self._container, self._stream, self._check = container, stream, check
        self._shown = 0  # packets whose frame is shown
        self._newest: Key | None = None
        self._waiting: deque[Key] = deque()  # given to the decoder, whose frame has not come yet
        self._done: list[Key] = []
        stream.codec_context.skip_frame = "NONKEY"

    def __iter__(self) -> Iterator[Key]:
        """The key frames in the order of showing, and the packets that failed.

        Each comes when the next key packet was met: only then it is known how many frames are shown before it.
        """
        packets = self._container.demux(self._stream)
        while True:
            self._check()
            try:
                packet = next(packets, None)
            except av.FFmpegError as error:  # reading ended here; what was read is still shown
                self._done.append(Key(self._shown, None, None, error=_said(error)))
                packet = None
            if packet is None or packet.size == 0:
                break
            if not packet.is_keyframe or packet.is_discard:
                self._pass(packet)
                continue
            yield from self._take_done()
            self._decode(packet)
        self._give(None)
        while self._waiting:
            self._lose(self._waiting.popleft())
        yield from self._take_done()

    def _pass(self, packet: Any) -> None:
        if packet.is_discard:
            self.skipped += 1
            return
        self.passed += 1
        self._shown += 1
        self._reached(packet)
        newest = self._newest
        if newest is not None and None not in (packet.pts, newest.pts) and packet.pts < newest.pts:
            newest.index += 1  # shown before the key frame that it follows

    def _decode(self, packet: Any) -> None:
        self._reached(packet)
        self._newest = Key(self._shown, packet.pts, packet.dts)
        self._shown += 1
        self._waiting.append(self._newest)
        self._give(packet)

    def _give(self, packet: Any) -> None:
        try:
            frames = self._stream.codec_context.decode(packet)
        except av.FFmpegError as error:
            if packet is not None:
                failed = self._waiting.pop()
                failed.error = _said(error)
                self._done.append(failed)
            return
        for frame in frames:
            if (key := self._key_of(frame)) is not None:
                key.frame = frame
                self._done.append(key)

    def _key_of(self, frame: Any) -> Key | None:
        """By the time where it is stored; else key frames are shown in the order of their packets."""
        while self._waiting:
            key = self._waiting.popleft()
            if frame.pts is None or key.pts is None or key.pts >= frame.pts:
                return key
            self._lose(key)
        return None

    def _lose(self, key: Key) -> None:
        # Told to skip frames, decoders also skip damaged ones without a word.
        key.error = "damaged packet: no frame came of it"
        self._done.append(key)

    def _take_done(self) -> list[Key]:
        done, self._done = self._done, []
        return done

    def _reached(self, packet: Any) -> None:
        time = packet.dts if packet.pts is None else packet.pts
        if time is not None and (self.last is None or time > self.last):
            self.last = time


def _said(error: av.FFmpegError) -> str:
    return f"damaged packet: {error.strerror or type(error).__name__}"
