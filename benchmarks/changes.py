"""How far the emotions seen in some frames of a video are from those seen in all of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LATEST: Final = 2000.0  # ms; a change that is seen later than that is missed


@dataclass(frozen=True)
class Seen:
    """One frame that was looked at: its time, and the emotion of each track."""

    ms: float
    faces: Mapping[int, str]


@dataclass(frozen=True)
class Errors:
    """Against every frame.

    Attributes:
        share: total variation between the two shares of time per emotion, 0..1.
        changes: of emotion in every frame.
        missed: of them.
        late_ms: mean time from a change to the first frame that shows it, of those that were not missed.
    """

    share: float
    changes: int
    missed: int
    late_ms: float

    @property
    def missed_share(self) -> float:
        """Of the changes."""
        return self.missed / self.changes if self.changes else 0.0

    @classmethod
    def total(cls, parts: "Iterable[Errors]") -> "Errors":
        """Of several videos: the mean share, and all their changes."""
        made = list(parts)
        changes, missed = sum(one.changes for one in made), sum(one.missed for one in made)
        late = sum(one.late_ms * (one.changes - one.missed) for one in made)
        return cls(
            sum(one.share for one in made) / len(made),
            changes,
            missed,
            late / (changes - missed) if changes > missed else 0,
        )


def errors(some: Sequence[Seen], every: Sequence[Seen], end_ms: float) -> Errors:
    """Compare ``some`` frames of a video that ends at ``end_ms`` with ``every`` one."""
    one, other = shares(some, end_ms), shares(every, end_ms)
    apart = sum(abs(one.get(name, 0) - other.get(name, 0)) for name in {*one, *other}) / 2
    found, late = changes(some), []
    expected = changes(every)
    for number, (ms, _, after) in enumerate(expected):
        # It must be seen before the faces show something else again.
        until = min([ms + LATEST, *(later for later, *_ in expected[number + 1 :][:1])])
        at = [when for when, _, shown in found if shown == after and ms <= when <= until]
        if at:
            late.append(at[0] - ms)
    return Errors(apart, len(expected), len(expected) - len(late), sum(late) / len(late) if late else 0.0)


def shares(seen: Sequence[Seen], end_ms: float) -> dict[str, float]:
    """Share of face time per emotion: a face is as it was in the frame that was looked at last."""
    spent: Counter[str] = Counter()
    ends = [*(frame.ms for frame in seen), end_ms][1:]
    for frame, end in zip(seen, ends, strict=True):
        for emotion in frame.faces.values():
            spent[emotion] += max(0.0, end - frame.ms)  # type: ignore[assignment]
    whole = sum(spent.values())
    return {name: ms / whole for name, ms in spent.items()} if whole else {}


def changes(seen: Sequence[Seen]) -> list[tuple[float, tuple[str, ...], tuple[str, ...]]]:
    """When the emotions in the picture changed: time, those before, those after, each sorted."""
    shown = [(frame.ms, tuple(sorted(frame.faces.values()))) for frame in seen if frame.faces]
    return [(ms, before, after) for (_, before), (ms, after) in pairwise(shown) if before != after]
