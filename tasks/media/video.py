"""Videos as sampled, upright frames with their true times; damage is counted, never hidden."""

import io
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from tasks.errors import MediaTimeoutError, TooLargeError
from tasks.media.adaptive import Adaptive, Box
from tasks.media.container import describe, matrix, open_container, video_stream
from tasks.media.keyframes import KeyFrames
from tasks.media.luma import luma
from tasks.media.orient import by_matrix
from tasks.media.packets import Event, Packets
from tasks.media.sampling import Sampler, Sampling
from tasks.media.segments import WHOLE, Segment
from tasks.media.shortfall import shortfall
from tasks.media.skim import Skim
from tasks.params import Limits

_PEEK: Final = 64  # packets that may fail before the first frame while looking for the rotation


@dataclass(frozen=True, slots=True)
class Frame:
    """One sampled frame, or one packet that failed.

    Args:
        index: counts decoded frames and failed packets together, from 0: unique in a video. With key frames only,
            frames that were passed over count too, so that it is the same (`keyframes.Key` says when it isn't).
        pts_ms: time in milliseconds by the video's own clock, which need not start at 0.
        image: BGR, shape (height, width, 3), upright; None for a failed packet.
        error: what failed; None for a frame.
    """

    index: int
    pts_ms: float | None
    image: NDArray[np.uint8] | None
    error: str | None


class Video:
    """One open video.

    Decoding runs on one thread: FFmpeg's frame threads report errors late and lose some at the end (of 60 AV1 packets
    with damage 32 frames and 28 errors on one thread, 30 and 24 with ``AUTO``), and its slice threads do not mark
    concealed damage. Archives are parallel over files instead.

    Attributes:
        info: as the container promises.
        decoded: frames decoded so far, sampled or not.
        passed: frames passed over so far, undecoded: all but key frames when only those are wanted, else those that
            are neither sampled nor needed for others (`skim`). What is damaged in them stays unknown.
        failed: packets that could not be read or decoded so far.
        concealed: frames among ``decoded`` in which the decoder painted over damage.
        last_ms: time of the last frame, decoded or passed over.
    """

    def __init__(self, file: str | io.IOBase, limits: Limits, deadline: float | None = None) -> None:
        """Open ``file``, a path, the bytes of a member or the stream of an object.

        Args:
            file: as ``content.video_input`` gives it.
            limits: ``frame_pixels``.
            deadline: value of ``time.monotonic()`` after which no packet is decoded any more.

        Raises:
            DecodeError: it cannot be opened.
            UnsupportedError: no video stream, or no decoder for it.
            TooLargeError: frames over ``limits.frame_pixels``.
            MediaTimeoutError: the deadline has passed.
        """
        self.decoded = self.passed = self.failed = self.concealed = 0
        self.last_ms: float | None = None
        self._file, self._pixels, self._deadline = file, limits.frame_pixels, deadline
        self._part = WHOLE
        self._adaptive: Adaptive | None = None
        self._keyed: KeyFrames | None = None
        self._open()
        try:
            self._events: Generator[Event] | None = self._packets.events()
            self._peeked: list[Event] = []
            for event in self._events:  # the rotation is known only from a frame
                self._peeked.append(event)
                if event.frame is not None or len(self._peeked) == _PEEK:
                    break
            self.info = describe(self._container, self._stream, self._peeked[-1].frame if self._peeked else None)
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def skipped(self) -> int:
        """Packets so far that the container itself marks as not to be shown (edit lists)."""
        return (self._keyed or self._packets).skipped

    @property
    def total(self) -> int:
        """Frames so far that the video has: decoded or passed over."""
        return self.decoded + self.passed

    def frames(self, sampling: Sampling, part: Segment = WHOLE) -> Iterator[Frame]:
        """Decode ``part`` to its end and give the sampled frames; once per opening.

        A part gives those frames that the whole gives there, with the same numbers and times. Each failed packet gives
        one ``Frame`` with ``error`` whatever the sampling, so that frames given = images + errors holds exactly. It
        comes when it is met: up to the decoder's delay before frames that precede it.

        With adaptive sampling `saw` is to be told of the faces of each frame before the next one is asked for.

        Raises:
            TooLargeError: a frame in the middle is over the limit.
            MediaTimeoutError: the deadline has passed.
            ValueError: called a second time.
        """
        if self._events is None:
            raise ValueError("the frames were already read: open the video again")
        events: Iterable[Event] = chain(self._peeked, self._events)
        if part.first is not None:
            self._events.close()
            events = self._packets.events(part)
        self._peeked, self._events = [], None
        self._part = part
        if sampling.mode == "keyframes":
            return self._keys()
        if sampling.mode == "adaptive":
            self._adaptive = Adaptive(sampling, self._tick)
            return self._sampled(events, self._adaptive, part)
        before = None if part.before is None else part.before * self._tick
        sampler, ahead = (Sampler(sampling, self._tick, part.index, before) for _ in range(2))
        begun = self._packets.begun if part.first is None else ()
        self._packets.skim = Skim(self._container, self._stream, ahead, part, begun)
        return self._sampled(events, sampler, part)

    def saw(self, boxes: Iterable[Box]) -> None:
        """Tell adaptive sampling of the faces in the last frame: x, y, width, height in its pixels."""
        if self._adaptive is not None:
            self._adaptive.saw(boxes)

    def shortfall(self) -> str | None:
        """After the frames: what the container promised and did not hold, or None."""
        return shortfall(self.info, self._part, self)

    def _open(self) -> None:
        if not isinstance(self._file, str):
            self._file.seek(0)
        self._container = open_container(self._file)
        try:
            self._stream = video_stream(self._container)
            self._tick = Fraction(self._stream.time_base or Fraction(1, 1000))
            self._check(self._stream.codec_context.width, self._stream.codec_context.height)
            # For sizes that change on the way, which FFmpeg then refuses to decode. Coded sizes are padded: twice.
            self._stream.codec_context.options = {"max_pixels": str(2 * self._pixels)}
            self._packets = Packets(self._container, self._stream, self._in_time)
        except BaseException:
            self._container.close()
            raise

    def _keys(self) -> Iterator[Frame]:
        # A decoder takes the wish to skip frames only before it has begun, and one frame was decoded for `info`.
        self._container.close()
        self._open()
        keys = self._keyed = KeyFrames(self._container, self._stream, self._in_time)
        for key in keys:
            ms = self._ms(key.ticks)
            self.decoded, self.failed = self.decoded + (key.error is None), self.failed + (key.error is not None)
            self.passed, self.last_ms = keys.passed, self._ms(keys.last)
            if key.error is not None:
                yield Frame(key.index, ms, None, key.error)
                continue
            self.concealed += bool(key.frame.is_corrupt)
            yield Frame(key.index, ms, self._image(key.frame), None)
        self.passed, self.last_ms = keys.passed, self._ms(keys.last)

    def _ms(self, ticks: int | None) -> float | None:
        return None if ticks is None else float(ticks * self._tick * 1000)

    def _sampled(self, events: Iterable[Event], sampler: Sampler | Adaptive, part: Segment) -> Iterator[Frame]:
        skim = self._packets.skim
        for event in events:
            if skim is not None and event.frame is not None:
                self._pass(sampler, skim.shown(event.ticks))
                if skim.late(event.ticks):
                    self.passed, self.decoded = self.passed - 1, self.decoded + 1
                    continue
            if not part.holds(event.ticks):
                # Frames come in the order of showing; errors don't.
                if event.frame is not None and part.last is not None and event.ticks >= part.last:
                    return
                continue
            index = part.index + self.total + self.failed
            seconds = event.ticks * self._tick
            if event.error is not None:
                self.failed += 1
                if isinstance(sampler, Sampler):
                    sampler.passes()
                yield Frame(index, float(seconds * 1000), None, event.error)
                continue
            self.decoded += 1
            self.concealed += bool(event.frame.is_corrupt)
            self.last_ms = float(seconds * 1000)
            if self._takes(sampler, seconds, event.frame):
                yield Frame(index, self.last_ms, self._image(event.frame), None)
        if skim is not None:
            self._pass(sampler, skim.rest())

    def _pass(self, sampler: Sampler | Adaptive, times: list[int]) -> None:
        for ticks in times:
            self.passed, self.last_ms = self.passed + 1, self._ms(ticks)
            if isinstance(sampler, Sampler):
                sampler.passes()

    def _takes(self, sampler: Sampler | Adaptive, seconds: Fraction, frame: Any) -> bool:
        if isinstance(sampler, Sampler):
            return sampler.takes(seconds)
        self._check(frame.width, frame.height)
        return sampler.takes(seconds, partial(luma, frame))

    def _image(self, frame: Any) -> NDArray[np.uint8]:
        self._check(frame.width, frame.height)
        return by_matrix(frame.to_ndarray(format="bgr24"), matrix(frame))

    def _check(self, width: int, height: int) -> None:
        if width * height > self._pixels:
            raise TooLargeError(
                f"frames of {width} x {height} = {width * height:,} pixels, more than {self._pixels:,} (frame_pixels)"
            )

    def _in_time(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise MediaTimeoutError("took longer than its limit (unit_seconds)")


def read_frames(
    file: str | io.IOBase, sampling: Sampling, limits: Limits, deadline: float | None = None
) -> Iterator[Frame]:
    """The sampled frames of a video, for callers that need no counts; raises as ``Video`` does."""
    with Video(file, limits, deadline) as video:
        yield from video.frames(sampling)
