"""What monitoring an archive came to."""

import dataclasses
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.monitor.compare import Against, Finding, compare
from tasks.monitor.profile import Profile, together
from tasks.monitor.quantities import QUANTITIES
from tasks.monitor.window import Windows, references, split
from tasks.params import Monitor

TREND: Final = 60  # newest runs in the trends
_LONGEST: Final = 60  # letters of a slug


@dataclass(frozen=True)
class Outcome:
    """One archive against its references.

    Attributes:
        out: the folder or URL, as it may be shown.
        profiles: of all runs, oldest first.
        windows: the newest and the first.
        model: the profile of the model's evaluation; None where there is none.
        findings: one per quantity.
        trends: quantity -> for each of the newest runs its number, from 1, and how far it is apart; NaN if unknown.
    """

    out: str
    profiles: Sequence[Profile]
    windows: Windows
    model: Profile | None
    findings: Sequence[Finding]
    trends: Mapping[str, Sequence[tuple[float, float]]]

    @property
    def drifted(self) -> list[str]:
        """Names of the quantities that drifted."""
        return [one.name for one in self.findings if one.verdict == "drifted"]

    @property
    def newest(self) -> Profile:
        """The window as one profile."""
        return together(self.windows.newest)


def outcome(out: str, profiles: Sequence[Profile], model: Profile | None, wanted: Monitor) -> Outcome:
    """Compare the newest runs with what they are to be held against.

    Args:
        profiles: at least one, oldest first.
    """
    windows = split(profiles, wanted)
    known = references(windows, model, wanted)
    found = compare(windows.newest, known, wanted)
    return Outcome(out, profiles, windows, model, found, _trends(profiles, known, wanted))


def _trends(
    profiles: Sequence[Profile], known: Mapping[str, tuple[Against, Sequence[Profile]]], wanted: Monitor
) -> dict[str, list[tuple[float, float]]]:
    trends: dict[str, list[tuple[float, float]]] = {name: [] for name in QUANTITIES}
    first = max(0, len(profiles) - TREND)
    for number, profile in enumerate(profiles[first:], first + 1):
        for found in compare([profile], known, wanted):
            trends[found.name].append((float(number), float("nan") if found.apart is None else found.apart))
    return trends


def told(one: Outcome) -> dict[str, Any]:
    """As JSON: what `fermata monitor` leaves beside its page."""
    newest = one.newest
    return {
        "out": one.out,
        "model": {"name": newest.model, "digest": newest.digest},
        "reference": None if one.model is None else {"split": one.model.run_id, "faces": one.model.faces},
        "runs": len(one.profiles),
        "window": [profile.run_id for profile in one.windows.newest],
        "baseline": [profile.run_id for profile in one.windows.first],
        "newest": newest.time,
        "drifted": one.drifted,
        "quantities": {found.name: dataclasses.asdict(found) for found in one.findings},
    }


def slug(out: str) -> str:
    """``out`` as part of a name of Prefect's: letters, digits and dashes; other folders have other ones."""
    plain = re.sub(r"[^a-z0-9]+", "-", out.lower()).strip("-")
    if plain and plain == out and len(plain) <= _LONGEST:
        return plain
    digest = hashlib.sha256(out.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{plain[-_LONGEST:].strip('-') or 'archive'}-{digest[:6]}"
