"""What subtitles say, and when: one cue for each stretch of a track with one smoothed emotion."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tasks.show.seen import Faces

DRIFT = 0.25  # of a box's longer side, after which a label is put in a new place


@dataclass(frozen=True)
class Cue:
    """One emotion of one track.

    Args:
        track: its number.
        start, end: milliseconds from the moment at which a player's clock is 0; end > start >= 0.
        emotion: index in EMOTIONS.
        probability: mean over the samples, 0..1.
        abstained: whether at least half of the samples have no label.
        starts: (n,) milliseconds of the samples, likewise; the first is ``start``.
        boxes: (n, 4) x, y, w, h at the samples, pixels of the upright picture.
    """

    track: int
    start: float
    end: float
    emotion: int
    probability: float
    abstained: bool
    starts: npt.NDArray[np.float64]
    boxes: npt.NDArray[np.float32]


def cues(faces: Faces, origin: float, interval: float) -> list[Cue]:
    """The cues of a video, in the order of their beginning.

    A cue lasts from its first sample to the sample at which the track's smoothed emotion is another one; the last of a
    track lasts ``interval`` longer than its last sample. Samples that the face was missed in do not interrupt it.

    Args:
        origin: milliseconds, by the video's own clock, at which a player's clock is 0.
        interval: milliseconds between two samples.
    """
    found = []
    for track, rows in faces.tracks():
        times = np.maximum(faces.ms[rows] - origin, 0.0)
        emotions = faces.emotion[rows]
        edges = [0, *(np.flatnonzero(np.diff(emotions)) + 1).tolist(), len(times)]
        for first, last in pairwise(edges):
            end = times[last] if last < len(times) else times[-1] + interval
            part = slice(first, last)
            found.append(
                Cue(
                    track, float(times[first]), float(max(end, times[first] + 1.0)), int(emotions[first]),
                    float(faces.probability[rows][part].mean()), bool(faces.abstained[rows][part].mean() >= 0.5),
                    times[part], faces.box[rows][part],
                )
            )  # fmt: skip
    return sorted(found, key=lambda cue: (cue.start, cue.track))


def places(cue: Cue) -> Iterator[tuple[float, float, npt.NDArray[np.float32]]]:
    """Cut a cue where its face has moved: start and end in milliseconds, and the box at the start."""
    held = 0
    centres = cue.boxes[:, :2] + cue.boxes[:, 2:] / 2
    for number in range(1, len(cue.starts)):
        far = DRIFT * float(cue.boxes[held, 2:].max())
        if float(np.hypot(*(centres[number] - centres[held]))) > far and cue.starts[number] > cue.starts[held]:
            yield float(cue.starts[held]), float(cue.starts[number]), cue.boxes[held]
            held = number
    yield float(cue.starts[held]), cue.end, cue.boxes[held]
