"""Which face of one frame is which of the next: boxes only, in time order."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tasks.faces.face import Face

OVERLAP = 0.2  # least intersection over union of a face with itself one sample later
PATIENCE = 2  # samples that a face may be missed before its track ends


def overlap(one: Face, other: Face) -> float:
    """Intersection over union of two boxes."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (one.w * one.h + other.w * other.h - width * height)


@dataclass
class Tracker:
    """Follows the faces of one video. Faces are matched for the greatest sum of overlaps (the Hungarian method)."""

    _next: int = 0
    _sample: int = -1
    _alive: dict[int, tuple[Face, int]] = field(default_factory=dict)

    def step(self, faces: list[Face], cut: bool = False) -> list[int]:
        """Track numbers of ``faces``, found in the next sampled frame; ``cut``: it is of another shot than the last."""
        from scipy.optimize import linear_sum_assignment

        self._sample += 1
        if cut:
            self._alive.clear()
        self._alive = {t: seen for t, seen in self._alive.items() if self._sample - seen[1] <= PATIENCE + 1}
        old = list(self._alive)
        gains = np.array([[overlap(self._alive[t][0], face) for face in faces] for t in old]).reshape(
            len(old), len(faces)
        )
        rows, columns = linear_sum_assignment(gains, maximize=True)
        matched = {int(c): old[r] for r, c in zip(rows, columns, strict=True) if gains[r, c] >= OVERLAP}
        numbers = [matched[n] if n in matched else self._new() for n in range(len(faces))]
        self._alive |= {number: (face, self._sample) for number, face in zip(numbers, faces, strict=True)}
        return numbers

    def _new(self) -> int:
        self._next += 1
        return self._next - 1


def smooth(
    tracks: npt.NDArray[np.int64],
    times: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float32],
    ms: float = 1000.0,
) -> npt.NDArray[np.int64]:
    """Class numbers (n,) after averaging each face's probabilities (n, k) with its own track's, weighted by a Gaussian.

    Args:
        tracks: (n,) track numbers.
        times: (n,) milliseconds.
        ms: standard deviation of the Gaussian, milliseconds.
    """
    labels = np.zeros(len(tracks), np.int64)
    for track in np.unique(tracks):
        rows = np.flatnonzero(tracks == track)
        for start in range(0, len(rows), 1024):  # a track of an hour must not make a matrix of its square
            chosen = rows[start : start + 1024]
            first, last = times[chosen].min(), times[chosen].max()
            near = rows[(times[rows] >= first - 4 * ms) & (times[rows] <= last + 4 * ms)]
            weights = np.exp(-0.5 * ((times[chosen, None] - times[None, near]) / ms) ** 2)
            labels[chosen] = (weights @ probabilities[near]).argmax(axis=1)
    return labels
