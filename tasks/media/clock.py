"""When each frame is shown."""

from collections import deque


class Clock:
    """Gives frames their times, in ticks of the stream's time base.

    Times that the container stores are believed; between them (MPEG program streams store few) frames follow each
    other by their durations. A container that stores none (AVI) has its packets in the order of decoding at known
    times; frames are shown in another order but at those same times, so the i-th frame shown gets the time of the
    i-th packet that did not fail. FFmpeg's own guess lags by the decoder's delay there and has no time for the last
    frames.
    """

    def __init__(self, start: int, step: int) -> None:
        """Begin at ``start`` ticks; ``step`` ticks per frame are assumed where no duration is known."""
        self._times: deque[int] = deque()
        self._stored = False
        self._next, self._step = start, step

    def packet(self, pts: int | None, dts: int | None) -> None:
        """Note a packet before it is decoded; ``pts`` and ``dts`` as the container has them."""
        if pts is not None:
            self._stored = True
            self._times.clear()
        elif dts is not None and not self._stored:
            self._times.append(dts)

    def failed(self, pts: int | None, dts: int | None) -> int:
        """Take the packet back that was noted last; returns its time."""
        if pts is None and dts is not None and not self._stored:
            self._times.pop()
        known = dts if pts is None else pts
        return self._next if known is None else known

    def frame(self, pts: int | None, duration: int = 0) -> int:
        """Time of the next frame in the order of showing; ``pts`` and ``duration`` as the decoder gave them."""
        time = pts
        if time is None:
            time = self._times.popleft() if self._times else self._next
        self._next = time + (duration if duration > 0 else self._step)
        return time
