"""More frames where faces move or change, or a cut comes; few where nothing happens."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.media.sampling import Sampler, Sampling

Grey = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

CHANGE: Final = 10.0  # grey levels, mean difference of two thumbnails from which the picture counts as another one
ALIKE: Final = 0.85  # correlation of the patch of a face below which it counts as another expression
STEP: Final = 0.25  # widths of itself that a face may move between samples: 0.6 of the box then still overlaps
LEAST: Final = 1e-6  # widths: less is no movement
_THUMB: Final = (32, 18)  # pixels, width and height
_PATCH: Final = 16  # pixels, side
_BESIDE: Final = 0.25  # widths of a face in which it is looked for


class Adaptive:
    """Takes the frames that ``fps`` takes, and of those that ``most_fps`` would take the ones that differ.

    A frame differs when, against the frame that was taken last, its thumbnail has changed, or one of the faces found
    there looks unlike itself wherever it is near its old place, or when a face as fast as the fastest was between the
    last two samples has by now moved by STEP of its width. So no more than ``most_fps`` thumbnails are made per
    second, and the same video with the same faces gives the same frames.

    Source: Miskowicz, Send-on-delta concept: an event-based data reporting strategy, Sensors 2006: a sample is due
    when the signal has moved by a threshold since the last one that was sent, and after a longest time.
    """

    def __init__(self, sampling: Sampling, tick: Fraction) -> None:
        """Begin a video whose clock ticks every ``tick`` seconds."""
        self._base = Sampler(Sampling(fps=sampling.fps), tick)
        self._finest = Sampler(Sampling(fps=sampling.most_fps), tick)
        self._time = Fraction(0)  # of the last sample
        self._thumb: Grey | None = None
        self._look: Grey | None = None
        self._boxes: list[Box] = []
        self._patches: list[Grey] = []
        self._boxes_time: Fraction | None = None
        self._due: Fraction | None = None

    def takes(self, time: Fraction, look: Callable[[], Grey]) -> bool:
        """Whether the next decoded frame is sampled.

        Args:
            time: seconds at which it is shown.
            look: gives its grey levels, upright, shape (height, width); called only where they decide.
        """
        base, finest = self._base.takes(time), self._finest.takes(time)
        if not base and not finest:
            return False
        seen = look()
        thumb = np.asarray(cv2.resize(seen, _THUMB, interpolation=cv2.INTER_AREA), np.uint8)
        if not base and not self._differs(time, seen, thumb):
            return False
        self._time, self._look, self._thumb = time, seen, thumb
        self._patches, self._due = [], None
        return True

    def saw(self, boxes: Iterable[Box]) -> None:
        """Take note of the faces found in the frame that was taken last: x, y, width, height in its pixels.

        Without it cuts and large movements are still noticed.
        """
        found, now = list(boxes), self._time
        past = None if self._boxes_time is None else now - self._boxes_time
        if past is not None and past > 0 and (moved := _moved(self._boxes, found)) > LEAST:
            self._due = now + Fraction(STEP / moved) * past
        self._boxes, self._boxes_time = found, now
        if self._look is not None:
            self._patches = [_patch(self._look, box) for box in found]

    def _differs(self, time: Fraction, seen: Grey, thumb: Grey) -> bool:
        if self._due is not None and time >= self._due:
            return True
        if self._thumb is None or float(cv2.absdiff(thumb, self._thumb).mean()) >= CHANGE:
            return True
        pairs = zip(self._boxes, self._patches, strict=False)  # no patches: the faces of this sample were not told
        return any(_alike(seen, box, before) < ALIKE for box, before in pairs)


def _moved(before: list[Box], after: list[Box]) -> float:
    """The longest way of a face to the nearest one, in its own widths; of those that moved by less than one."""
    ways = [
        min((np.hypot(x + w / 2 - u - p / 2, y + h / 2 - v - q / 2) for u, v, p, q in before), default=np.inf)
        / max(1, w)
        for x, y, w, h in after
    ]
    return max((float(way) for way in ways if way < 1), default=0.0)


def _patch(seen: Grey, box: Box, wider: float = 0.0) -> Grey:
    """The picture inside ``box`` in few pixels; ``wider`` adds that share of it on each side, and of the pixels."""
    height, width = seen.shape
    x, y, w, h = box
    left, top = (min(max(0, int(at)), side - 1) for at, side in ((x - wider * w, width), (y - wider * h, height)))
    right, bottom = max(left + 1, int(x + w + wider * w)), max(top + 1, int(y + h + wider * h))
    side = round(_PATCH * (1 + 2 * wider))
    return np.asarray(cv2.resize(seen[top:bottom, left:right], (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _alike(seen: Grey, box: Box, before: Grey) -> float:
    """Correlation of a face's patch with what is best like it, in the same place or beside it: 1 is the same."""
    if before.std() < 1:
        return 1.0  # nothing to be seen in it
    return float(cv2.matchTemplate(_patch(seen, box, _BESIDE), before, cv2.TM_CCOEFF_NORMED).max())
