"""The profile of a run: how many faces, frames and files are in which bin. A kilobyte that names nothing and nobody."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final, Literal

from tasks.errors import OutputError
from tasks.monitor.quantities import QUANTITIES, READ, VERSION

FOLDER: Final = "profiles"  # of a run's folder
NAME: Final = "profile.json"  # of a model, beside its bundle or with its evaluation

Kind = Literal["score", "rescore", "evaluation"]


@dataclass(frozen=True)
class Profile:
    """What one run added, or several together.

    Attributes:
        kind: of run.
        run_id: the run's; of several the newest one's; of an evaluation its split.
        time: ISO 8601, when it ended; of several the latest; of an evaluation empty, so that it can be made again.
        model: as the rows name it.
        digest: the model's.
        runs: how many are in it.
        files: and members of archives.
        faces: all of them.
        frames: that were sampled.
        people: faces that say something of their own: a track counts once, however many frames it is seen in.
        media: files of which frames were sampled: what says something of its own of frames.
        counts: quantity -> one number per bin; quantities that nothing was measured of are left out.
    """

    kind: Kind
    run_id: str
    time: str
    model: str
    digest: str
    runs: int = 1
    files: int = 0
    frames: int = 0
    faces: int = 0
    people: int = 0
    media: int = 0
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def __add__(self, other: "Profile") -> "Profile":
        """Both together; a quantity that one of them lacks is that of the other."""
        newest = max(self, other, key=lambda one: (one.time, one.run_id))
        counts = {
            name: tuple(a + b for a, b in zip(self.counts.get(name, none), other.counts.get(name, none), strict=True))
            for name in QUANTITIES
            if name in self.counts or name in other.counts
            for none in [(0,) * len(QUANTITIES[name].bins)]
        }
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMS}
        return dataclasses.replace(newest, counts=counts, **sums)

    def independent(self, name: str) -> int:
        """Observations of a quantity that say something of their own: frames of a video resemble each other.

        Where only part of the faces was counted, it is taken to be the same part of the people.
        """
        counted = sum(self.counts.get(name, ()))
        most = {"faces": self.people, "frames": self.media, "files": self.files}[QUANTITIES[name].unit]
        if QUANTITIES[name].unit == "faces" and counted < self.faces:
            most = math.ceil(most * counted / self.faces)
        return min(most, counted)


SUMS: Final = ("runs", "files", "frames", "faces", "people", "media")


def together(profiles: Iterable[Profile]) -> Profile:
    """All of them; at least one."""
    return reduce(Profile.__add__, profiles)


def text(profile: Profile) -> str:
    """As it stands in a file."""
    told = {"version": VERSION, **dataclasses.asdict(profile)}
    return json.dumps(told, indent=1, sort_keys=True, allow_nan=False) + "\n"


def parse(data: str | bytes, name: str) -> Profile:
    """Read what ``text`` wrote.

    Args:
        name: of the file, for the message.

    Raises:
        OutputError: it is something else.
    """
    try:
        told: dict[str, Any] = json.loads(data)
        version = told.pop("version")
        if version not in READ:
            raise ValueError(f"version {version!r}, this Fermata reads {' and '.join(map(str, READ))}")
        counts = {key: tuple(int(count) for count in row) for key, row in told.pop("counts").items()}
        if wrong := [key for key, row in counts.items() if len(row) != len(QUANTITIES[key].bins) or min(row) < 0]:
            raise ValueError(f"{wrong[0]!r} has other bins")
        found = Profile(counts=counts, **told)
        if any(not isinstance(getattr(found, key), int) for key in SUMS):
            raise ValueError("a sum that is no whole number")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = " ".join(str(error).split())
        raise OutputError(f"'{name}' is no profile of this version ({said}). Move it away") from None
    return found
