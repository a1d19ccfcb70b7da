"""When a face gets no label, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import quality
from tasks.params import Score
from tasks.schema import ABSTENTIONS, REJECTS

MEASURED: Final = "yunet"  # the detector whose scores qualities were fitted on


@dataclass(frozen=True)
class Rule:
    """Thresholds, each 0..1.

    Attributes:
        below: confidence under which a label is withheld.
        unreadable, covered, not_a_face: a network's scores over which it is; 1: off.
        quality: share of labels that are right for such pictures, under which it is withheld; 0: off.
    """

    below: float
    unreadable: float = 1.0
    covered: float = 1.0
    not_a_face: float = 1.0
    quality: float = 0.0

    @classmethod
    def of(cls, wanted: Score) -> "Rule":
        """As the parameters say."""
        return cls(wanted.abstain_below, **wanted.abstain.model_dump())


class Pictures(NamedTuple):
    """How good n pictures are, (n,) 0..1, and what is worst about each; both None where the model doesn't say."""

    quality: npt.NDArray[np.float32] | None
    worst: Sequence[str] | None


def pictures(found: quality.Features, fitted: Mapping[str, Any] | None) -> Pictures:
    """The quality of pictures with (n, 6) features, by the model's ``fitted`` function."""
    if fitted is None:
        return Pictures(None, None)
    rule = quality.Fitted.parse(dict(fitted))
    return Pictures(rule.accuracy(found), rule.worst(found))


def features(columns: Mapping[str, npt.NDArray[Any]], detector: str) -> quality.Features:
    """(n, 6) of faces by their columns `size`, `sharpness`, `yaw`, `pitch` and `det_score`; NaN: not known."""
    detection = columns["det_score"] if detector == MEASURED else None
    return quality.features(columns["size"], columns["sharpness"], columns["yaw"], columns["pitch"], detection)


def because(
    confidence: npt.NDArray[np.float32], rejects: npt.NDArray[np.float32], seen: Pictures, rule: Rule
) -> list[str | None]:
    """Why each of n faces has no label, of ``schema.ABSTENTIONS``; None for a face that has one.

    Args:
        confidence: (n,) of the most probable emotion.
        rejects: (n, 3) scores of ``schema.REJECTS``, or (n, 0) of a network without them.
    """
    held: dict[str, npt.NDArray[np.bool_]] = {"unsure": confidence.astype(np.float64) < rule.below}
    if rejects.shape[1]:
        scores = dict(zip(REJECTS, rejects.T, strict=True))
        held["not_a_face"] = scores["not_a_face"] > rule.not_a_face
        held["covered"] = scores["covered"] > rule.covered
        held["unsure"] = held["unsure"] | (scores["unreadable"] > rule.unreadable)
    if seen.quality is not None and seen.worst is not None:
        poor, worst = seen.quality < rule.quality, np.array(seen.worst)
        held |= {reason: poor & (worst == reason) for reason in set(quality.REASONS.values())}
    found: list[str | None] = [None] * len(confidence)
    for reason in reversed(ABSTENTIONS):
        for place in np.flatnonzero(held.get(reason, np.zeros(0, np.bool_))).tolist():
            found[place] = reason
    return found
