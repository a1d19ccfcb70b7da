"""What was decided about the images of one chunk; picklable, some bytes per image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.votes import Overlay, entropy, majority


class Original(NamedTuple):
    """The image that was preferred, and how many bits of the perceptual hash lie between; 0 for equal pixels."""

    key: str
    split: str
    label: int
    bits: int


@dataclass(frozen=True, eq=False)
class Votes:
    """Several people's votes.

    Attributes:
        given: (n,) whether there are any.
        counts: (n, len(CHOICES)) votes.
        majority: (n,) position in CHOICES, -1 for none.
        entropy: (n,) bits.
    """

    given: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.int16]
    majority: npt.NDArray[np.int8]
    entropy: npt.NDArray[np.float32]

    @classmethod
    def find(cls, overlay: Overlay, keys: Any, splits: Any) -> "Votes":
        """Look up the votes for ``keys``, n strings, of images in ``splits``, n strings.

        Raises:
            SourceError: the votes are of another data set.
        """
        rows = overlay.find(keys, splits)
        counts = np.where((rows >= 0)[:, None], overlay.counts[rows], 0).astype(np.int16)
        return cls(rows >= 0, counts, majority(counts), entropy(counts))

    def part(self, start: int, stop: int) -> "Votes":
        """Those of the images from ``start`` to ``stop``."""
        here = slice(start, stop)
        return Votes(self.given[here], self.counts[here], self.majority[here], self.entropy[here])


@dataclass(frozen=True, eq=False)
class Verdict:
    """The decision on one chunk.

    Attributes:
        index: of the chunk.
        names: of all splits.
        splits: (n,) position in ``names``.
        reasons: (n,) position in ``schema.REASONS``, or KEPT.
        groups: n names, an Arrow array; null for those that are left out.
        folds: (n,) number of the fold, -1 for none.
        copies: (n,) warped copies to make.
        originals: position in the chunk -> the image that was preferred.
        votes: None where the data set has none.
    """

    index: int
    names: tuple[str, ...]
    splits: npt.NDArray[np.int16]
    reasons: npt.NDArray[np.int8]
    groups: Any
    folds: npt.NDArray[np.int8]
    copies: npt.NDArray[np.int32]
    originals: Mapping[int, Original] = field(default_factory=dict)
    votes: Votes | None = None
