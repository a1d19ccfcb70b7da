"""Which frames of a video are looked at."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, get_args

Mode = Literal["fps", "every", "keyframes", "adaptive"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Every n-th frame, so many per second, key frames only, or more where something happens.

    Args:
        every: 1 or more takes each n-th frame, beginning with the first; what failed counts. 0 uses ``fps``.
        fps: takes the first frame at or after each 1 / fps seconds of the video's own clock. The grid starts at the
            clock's zero and not at the first frame, so that a part of a video gives the same frames as the whole.
        mode: ``keyframes`` decodes nothing but key frames and takes them all (`keyframes`); ``adaptive`` takes what
            ``fps`` takes and more (`adaptive`); of the others ``every`` decides.
        most_fps: at most so many per second with ``adaptive``, those of ``fps`` that fall between them besides.

    Raises:
        ValueError: a negative ``every``, ``every`` 0 without a positive ``fps``, or a ``most_fps`` below ``fps``.
    """

    every: int = 0
    fps: float = 2.0
    mode: Mode = "fps"
    most_fps: float = 10.0

    def __post_init__(self) -> None:
        if self.every < 0 or (self.every == 0 and not (self.fps > 0 and math.isfinite(self.fps))):
            raise ValueError(f"expected every >= 1, or 0 with fps > 0. Received: every={self.every}, fps={self.fps}")
        if self.mode not in MODES:
            raise ValueError(f"expected mode to be one of {', '.join(MODES)}. Received: mode={self.mode!r}")
        if self.mode == "every" and not self.every:
            raise ValueError("expected every >= 1 with mode='every'. Received: every=0")
        if self.mode == "adaptive" and (self.every or not self.fps <= self.most_fps < math.inf):
            raise ValueError(
                "expected every = 0 and most_fps >= fps with mode='adaptive'. "
                f"Received: every={self.every}, fps={self.fps}, most_fps={self.most_fps}"
            )


class Sampler:
    """Applies ``every`` or ``fps`` to the frames of one video in their order."""

    def __init__(self, sampling: Sampling, tick: Fraction, index: int = 0, before: Fraction | None = None) -> None:
        """Begin a video, or a part of one behind its first ``index`` frames.

        Args:
            sampling: what to take.
            tick: of the video's clock, seconds.
            index: frames before the part.
            before: seconds at which the last of those is shown.
        """
        self.tick = tick
        self._every = sampling.every
        self._fps = Fraction(0 if sampling.every else sampling.fps)
        # Containers round times to their ticks: 1/3 s is 333 ms in Matroska and still belongs to the grid point.
        self._slack = tick / 2
        self._jitter = max(1, math.ceil(self._fps))  # grid points in one second
        self._frames = index
        self._slot = None if before is None else self._slot_of(before)

    @property
    def takes_all(self) -> bool:
        """Whether no frame is left out."""
        return self._every == 1

    def passes(self) -> None:
        """Count a frame that is not there to be taken."""
        self._frames += 1

    def takes(self, time: Fraction) -> bool:
        """Whether the next decoded frame, shown at ``time`` seconds, is sampled."""
        self._frames += 1
        if self._every:
            return (self._frames - 1) % self._every == 0
        slot = self._slot_of(time)
        # A clock that jumps back (joined recordings) starts a new grid; one that jitters does not.
        if self._slot is not None and 0 <= self._slot - slot <= self._jitter:
            return False
        self._slot = slot
        return True

    def _slot_of(self, time: Fraction) -> int:
        return math.floor((time + self._slack) * self._fps)
