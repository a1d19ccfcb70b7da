"""What the rules about a data set read, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tasks.explore.scan import Scan


class Finding(NamedTuple):
    """One thing that stands out: ``level`` is error, warning or note; ``where`` the section that shows it."""

    level: str
    text: str
    where: str


@dataclass(frozen=True, eq=False)
class Seen:
    """A prepared folder's manifest and what was counted of its rows."""

    manifest: Mapping[str, Any]
    scan: Scan

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits."""
        return self.scan.census.splits

    @property
    def reference(self) -> int:
        """The split that others are held against: training, or else the largest."""
        kept = self.scan.census.kept.sum(axis=1)
        return self.splits.index("training") if "training" in self.splits else int(kept.argmax())

    @property
    def others(self) -> list[int]:
        """All splits but the reference; none where there are none at all."""
        return [n for n in range(len(self.splits)) if n != self.reference]
