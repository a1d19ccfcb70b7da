"""How well found faces agree with known ones: recall and precision as WIDER FACE counts them.

Source: Yang et al., WIDER FACE: A Face Detection Benchmark, CVPR 2016, and its evaluation's eval_tools. That ranks
faces by difficulty only. For ranks by size it is as in Lin et al., Microsoft COCO, ECCV 2014: what is found where no
face is counts in the rank of its own size.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float64]  # (n, 4): x, y, w, h in pixels

LEAST: Final = 0.5  # intersection over union from which a box is a face's


class Counts(NamedTuple):
    """Faces that were to be found, those that were found, and boxes that are none of any face or a face's second."""

    faces: int = 0
    found: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        """Share of the faces that were found; no number without faces."""
        return self.found / self.faces if self.faces else float("nan")

    @property
    def precision(self) -> float:
        """Share of the boxes that are faces; no number without boxes."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else float("nan")


def overlaps(one: Boxes, other: Boxes) -> npt.NDArray[np.float64]:
    """Intersection over union of each of ``one`` (n, 4) with each of ``other`` (m, 4); 0 for boxes without area."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, :2] + one[:, None, 2:], other[None, :, :2] + other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    union = one[:, None, 2:].prod(axis=2) + other[None, :, 2:].prod(axis=2) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def paired(truth: Boxes, boxes: Boxes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The face of each of ``boxes`` (m, 4), the surest first: its number in ``truth`` (n, 4), or -1.

    Each takes the face that it overlaps most, by LEAST or more, whether or not a surer one has taken it.

    Returns:
        Numbers (m,), and whether the box is the first of its face (m,).
    """
    if not len(truth) or not len(boxes):
        return np.full(len(boxes), -1), np.zeros(len(boxes), np.bool_)
    shared = overlaps(boxes, truth)
    faces = np.where(shared.max(axis=1) >= LEAST, shared.argmax(axis=1), -1).astype(np.int64)
    first = np.zeros(len(boxes), np.bool_)
    first[np.unique(faces, return_index=True)[1]] = True
    return faces, first & (faces >= 0)


def count(
    truth: Boxes, boxes: Boxes, asked: npt.NDArray[np.bool_], stray: npt.NDArray[np.bool_] | None = None
) -> Counts:
    """Count what was found in one picture.

    Args:
        truth: (n, 4), all faces of the picture.
        boxes: (m, 4), the surest first.
        asked: (n,), the faces that are to be found. Boxes of others are neither right nor wrong.
        stray: (m,), boxes that are wrong where no face is; all of them if not given.
    """
    faces, first = paired(truth, boxes)
    alone = faces < 0
    about = np.zeros(len(boxes), np.bool_)
    about[~alone] = asked[faces[~alone]]
    wrong = (about & ~first) | (alone if stray is None else alone & stray)
    return Counts(int(asked.sum()), int((about & first).sum()), int(wrong.sum()))


def total(counts: Iterable[Counts]) -> Counts:
    """The sum over pictures."""
    return Counts(*(sum(values) for values in zip(*counts, strict=True)))


def within(boxes: Boxes, low: float, high: float) -> npt.NDArray[np.bool_]:
    """Whether the shorter side of each of ``boxes`` (n, 4) is ``low`` pixels or more and less than ``high``."""
    shorter = boxes[:, 2:].min(axis=1, initial=np.inf)
    return np.asarray((low <= shorter) & (shorter < high))
