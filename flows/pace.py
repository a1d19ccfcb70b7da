"""How far a scoring run is, how fast, and how long it still takes: one line."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.report.words import NBSP, duration
from tasks.score.job import Unit
from tasks.score.predict import Tally, is_video, size

FINE = ("scored", "no_face", "duplicate")


@dataclass(frozen=True)
class Standing:
    """Where a run stands: units ``done`` of ``total``, rates per second, and how many files failed by reason.

    ``left`` are seconds, None until they can be told.
    """

    done: int
    total: int
    frames: float
    faces: float
    left: float | None
    failed: Mapping[str, int]

    @property
    def percent(self) -> float:
        """Share of units, 0..100."""
        return 100 * self.done / self.total if self.total else 100.0

    def __str__(self) -> str:
        left = "" if self.left is None else f"  left {_time(self.left)}"
        reasons = "".join(f"  {status} {count:,}" for status, count in sorted(self.failed.items()))
        rates = f"frames/s {_rate(self.frames)}  faces/s {_rate(self.faces)}"
        return f"units {self.done:,}/{self.total:,}  {rates}{left}{reasons and f' {reasons}'}"


class Pace:
    """Adds up what units came to. What is left is told from the bytes of the units, images and videos apart.

    Args:
        units: that are going to be scored.
        skipped: units that were finished before.
    """

    def __init__(self, units: Sequence[Unit], skipped: int = 0) -> None:
        self._done, self._total = skipped, skipped + len(units)
        self._bytes_left, self._bytes_done, self._seconds = (dict.fromkeys((False, True), 0.0) for _ in range(3))
        for unit in units:
            self._bytes_left[is_video(unit)] += size(unit)
        self._frames = self._faces = 0
        self._failed: Counter[str] = Counter()

    def add(self, unit: Unit, tally: Tally, elapsed: float) -> Standing:
        """Where the run stands after one more unit, ``elapsed`` seconds after the first was begun."""
        kind = is_video(unit)
        self._done += 1
        self._frames += tally.frames
        self._faces += tally.faces
        self._bytes_left[kind] -= size(unit)
        self._bytes_done[kind] += size(unit)
        self._seconds[kind] += tally.seconds
        self._failed.update({status: n for status, n in tally.statuses.items() if status not in FINE and n})
        frames, faces = (count / max(elapsed, 0.001) for count in (self._frames, self._faces))
        return Standing(self._done, self._total, frames, faces, self._left(elapsed), dict(self._failed))

    def _left(self, elapsed: float) -> float | None:
        """The workers' seconds that are left are to those that were spent as the time left to the time that went by."""
        if self._done == self._total:
            return 0.0
        spent = sum(self._seconds.values())
        open_kinds = [kind for kind, left in self._bytes_left.items() if left > 0]
        if not spent or not all(self._bytes_done[kind] for kind in open_kinds):
            return None
        ahead = sum(self._bytes_left[kind] * self._seconds[kind] / self._bytes_done[kind] for kind in open_kinds)
        return elapsed * ahead / spent


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 9.5 else duration(seconds).replace(NBSP, " ")
