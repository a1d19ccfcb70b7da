"""Where each face of a video is between the frames that were looked at."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tasks.show.seen import Faces

Box = tuple[float, float, float, float]


class Along:
    """The boxes of one video at any time."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces
        found = list(faces.tracks())
        self.tracks = [track for track, _ in found]
        self._rows = [rows for _, rows in found]
        self._first = np.array([faces.ms[rows.start] for rows in self._rows])
        self._last = np.array([faces.ms[rows.stop - 1] for rows in self._rows])

    def at(self, ms: float, before: float, after: float) -> list[tuple[int, Box]]:
        """Rows and boxes of the tracks that are seen at ``ms`` milliseconds, by the video's own clock.

        Between two samples of a track the box moves evenly from one to the other; the row is the earlier one's. Before
        a track's first sample and behind its last the box stands still.

        Args:
            before: milliseconds before its first sample from which a track is shown.
            after: milliseconds behind its last sample until which it is shown.
        """
        seen = np.flatnonzero((self._first - before <= ms) & (ms < self._last + after))
        return [self._one(self._rows[number], ms) for number in seen.tolist()]

    def _one(self, rows: slice, ms: float) -> tuple[int, Box]:
        times: npt.NDArray[np.float64] = self._faces.ms[rows]
        number = max(int(np.searchsorted(times, ms, side="right")) - 1, 0)
        row = rows.start + number
        box = self._faces.box[row].astype(np.float64)
        if times[number] < ms and number + 1 < len(times):
            share = (ms - times[number]) / (times[number + 1] - times[number])
            box = (1 - share) * box + share * self._faces.box[row + 1]
        return row, as_box(box)


def as_box(values: Sequence[float] | npt.NDArray[np.float64] | npt.NDArray[np.float32]) -> Box:
    """Four numbers as x, y, w, h."""
    x, y, w, h = (float(value) for value in values)
    return x, y, w, h
