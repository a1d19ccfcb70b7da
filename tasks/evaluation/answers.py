"""What a model answered about some images: made in pieces on workers, put together in the order of the data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.float32]


class Failure(NamedTuple):
    """A labelled image that could not be judged, and why: ``reason`` is one of ``schema.REASONS``."""

    key: str
    label: int
    reason: str
    detail: str


class Copies(NamedTuple):
    """Answers about c changed copies of each of n faces.

    Attributes:
        raw: (n, c, 7 + r) the network's own.
        sharpness: (n, c) of the copies, as `images.measure.sharpness` has it.
    """

    raw: Probabilities
    sharpness: npt.NDArray[np.float32]

    @classmethod
    def none(cls, raw: Probabilities) -> "Copies":
        """No copies of the faces that ``raw`` (n, 7 + r) is about."""
        return cls(np.zeros((len(raw), 0, raw.shape[1]), np.float32), np.zeros((len(raw), 0), np.float32))


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers about n images.

    Attributes:
        keys: n names, as the source has them.
        labels: (n,) the data set's word, indices into ``schema.EMOTIONS``.
        raw: (n, 7 + r) the network's own answers, averaged over the views of test-time augmentation.
        alone: (n, 7 + r) those of the image alone; the same array where there are no views.
        damaged: of a copy for each of ``judge.CASES``, or none.
        reduced: of a copy for each of ``sizes.SIDES``, or none.
        hashes: (n, 32) SHA-256 of the faces' pixels.
        measures: name -> (n,) of the image: brightness, sharpness, resolution, yaw; those that are known.
        groups: column of the data set -> n values.
        votes: (n, choices) of people, zeros where nobody voted; None where there are none.
        failures: images that are not among the n.
        seen: images per split, whatever was judged.
        looks: (n, 2) brightness and blur of the faces, as scoring measures them; None where nobody measured.
    """

    keys: list[str]
    labels: npt.NDArray[np.int64]
    raw: Probabilities
    alone: Probabilities
    damaged: Copies
    reduced: Copies
    hashes: npt.NDArray[np.uint8]
    measures: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    votes: npt.NDArray[np.int16] | None = None
    failures: tuple[Failure, ...] = ()
    seen: Counter[str] = field(default_factory=Counter)
    looks: npt.NDArray[np.float32] | None = None

    def at(self, rows: npt.NDArray[np.bool_]) -> "Answers":
        """Those of the images for which (n,) ``rows`` holds; all failures stay."""
        if rows.all():
            return self
        places = np.flatnonzero(rows).tolist()
        raw = self.raw[rows]
        return replace(
            self,
            keys=[self.keys[place] for place in places],
            labels=self.labels[rows],
            raw=raw,
            alone=raw if self.alone is self.raw else self.alone[rows],
            damaged=Copies(*(part[rows] for part in self.damaged)),
            reduced=Copies(*(part[rows] for part in self.reduced)),
            hashes=self.hashes[rows],
            measures={name: values[rows] for name, values in self.measures.items()},
            groups={name: [values[place] for place in places] for name, values in self.groups.items()},
            votes=None if self.votes is None else self.votes[rows],
            looks=None if self.looks is None else self.looks[rows],
        )


def joined(parts: Sequence[Answers]) -> Answers:
    """One after the other. Measures and groups are those that all parts with images have.

    Raises:
        ValueError: no parts.
    """
    if not parts:
        raise ValueError("no answers to join")
    full = [part for part in parts if part.keys] or [parts[0]]
    shared = [name for name in full[0].measures if all(name in part.measures for part in full)]
    raw = np.concatenate([part.raw for part in full])
    augmented = any(part.alone is not part.raw for part in full)
    looks = [part.looks for part in full if part.looks is not None]
    votes = [part.votes for part in full if part.votes is not None]
    return Answers(
        [key for part in full for key in part.keys],
        np.concatenate([part.labels for part in full]),
        raw,
        np.concatenate([part.alone for part in full]) if augmented else raw,
        _stacked([part.damaged for part in full]),
        _stacked([part.reduced for part in full]),
        np.concatenate([part.hashes for part in full]),
        {name: np.concatenate([part.measures[name] for part in full]) for name in shared},
        {name: [value for part in full for value in part.groups[name]] for name in full[0].groups},
        np.concatenate(votes) if len(votes) == len(full) else None,
        tuple(one for part in parts for one in part.failures),
        sum((part.seen for part in parts), Counter[str]()),
        np.concatenate(looks) if len(looks) == len(full) else None,
    )


def _stacked(parts: Sequence[Copies]) -> Copies:
    return Copies(np.concatenate([one.raw for one in parts]), np.concatenate([one.sharpness for one in parts]))
