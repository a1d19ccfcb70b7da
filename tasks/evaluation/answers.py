"""What a model answered about some images: made in pieces on workers, put together in the order of the data."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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


class Mistake(NamedTuple):
    """A wrong answer and its picture, (h, w) or (h, w, 3) BGR."""

    confidence: float
    key: str
    actual: int
    predicted: int
    face: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers about n images.

    Attributes:
        keys: n names, as the source has them.
        labels: (n,) the truth, indices into ``schema.EMOTIONS``.
        raw: (n, 7) the network's own probabilities, averaged over the views of test-time augmentation.
        alone: (n, 7) those of the image alone; the same array where there are no views.
        measures: name -> (n,) of the image: brightness, sharpness, resolution, yaw; those that are known.
        groups: column of the data set -> n values.
        damaged: (n, kinds x severities) predictions under damage; (n, 0) where none was asked for.
        hashes: (n, 32) SHA-256 of the faces' pixels.
        mistakes: the most confident ones.
        failures: images that are not among the n.
        seen: images per split, whatever was judged.
        looks: (n, 2) brightness and blur of the faces, as scoring measures them; None where nobody measured.
    """

    keys: list[str]
    labels: npt.NDArray[np.int64]
    raw: Probabilities
    alone: Probabilities
    damaged: npt.NDArray[np.int8]
    hashes: npt.NDArray[np.uint8]
    measures: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    failures: tuple[Failure, ...] = ()
    seen: Counter[str] = field(default_factory=Counter)
    looks: npt.NDArray[np.float32] | None = None


def joined(parts: Sequence[Answers], mistakes: int) -> Answers:
    """One after the other; of the mistakes the ``mistakes`` most confident stay.

    Measures and groups are those that all parts with images have.

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
    return Answers(
        [key for part in full for key in part.keys],
        np.concatenate([part.labels for part in full]),
        raw,
        np.concatenate([part.alone for part in full]) if augmented else raw,
        np.concatenate([part.damaged for part in full]),
        np.concatenate([part.hashes for part in full]),
        {name: np.concatenate([part.measures[name] for part in full]) for name in shared},
        {name: [value for part in full for value in part.groups[name]] for name in full[0].groups},
        worst((one for part in parts for one in part.mistakes), mistakes),
        tuple(one for part in parts for one in part.failures),
        sum((part.seen for part in parts), Counter[str]()),
        np.concatenate(looks) if len(looks) == len(full) else None,
    )


def worst(found: Iterable[Mistake], count: int) -> tuple[Mistake, ...]:
    """The ``count`` most confident mistakes; of equal ones the first by key."""
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.key))[:count])
