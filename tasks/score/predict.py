"""What a run will take, from a few of its units that are timed first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.score.job import Unit

SHARE = 0.02  # of all units are timed,
LEAST, MOST = 8, 200  # but so many at least and at most


@dataclass(frozen=True)
class Tally:
    """What one scored unit came to.

    Attributes:
        files, frames, faces: rows.
        statuses: files by status; of a part of a video, the part's.
        seconds: that its worker took.
        bytes: of its part.
    """

    files: int
    frames: int
    faces: int
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    bytes: int = 0

    @property
    def failed(self) -> int:
        """Files that couldn't be read to their end."""
        return self.statuses.get("decode_error", 0) + self.statuses.get("timeout", 0)


@dataclass(frozen=True)
class Prediction:
    """What all units of a run will come to: ``timed`` of the ``units`` said so.

    ``seconds`` are of one worker; ``failed`` counts files, and parts of videos for themselves.
    """

    units: int
    timed: int
    frames: float
    faces: float
    failed: float
    seconds: float
    bytes: float


def size(unit: Unit) -> float:
    """Bytes that a unit has to read: what its work is proportional to, among units of its kind."""
    return sum(entry.bytes / (len(entry.parts) if is_video(unit) else 1) for entry in unit.entries)


def is_video(unit: Unit) -> bool:
    """Whether a unit is a part of a video, or the whole of one."""
    return unit.entries[0].media_type == "video"


def sample(units: Sequence[Unit]) -> list[Unit]:
    """Units to time: both kinds in their proportion, one of each at least. Ids are hashes; the smallest are drawn."""
    wanted = min(len(units), max(LEAST, min(MOST, round(SHARE * len(units)))))
    kinds = Counter(map(is_video, units))
    quota = {kind: max(1, round(wanted * count / len(units))) for kind, count in kinds.items()}
    drawn: list[Unit] = []
    for unit in sorted(units, key=lambda unit: unit.id):
        if quota[is_video(unit)]:
            quota[is_video(unit)] -= 1
            drawn.append(unit)
    return drawn


def predict(units: Sequence[Unit], timed: Sequence[tuple[Unit, Tally]]) -> Prediction:
    """Extend what ``timed`` units came to over all ``units``: by bytes, images and videos apart (ratio estimator).

    A kind that no timed unit is of counts nothing.
    """
    sizes, known = dict.fromkeys((False, True), 0.0), dict.fromkeys((False, True), 0.0)
    for unit in units:
        sizes[is_video(unit)] += size(unit)
    for unit, _ in timed:
        known[is_video(unit)] += size(unit)
    totals = dict.fromkeys(("frames", "faces", "failed", "seconds", "bytes"), 0.0)
    for unit, tally in timed:
        kind = is_video(unit)
        scale = sizes[kind] / known[kind] if known[kind] else 1.0
        for name in totals:
            totals[name] += scale * getattr(tally, name)
    return Prediction(len(units), len(timed), **totals)
