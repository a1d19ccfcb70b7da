"""Which runs are the newest, which the first, and what each quantity is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.monitor.compare import Against
from tasks.monitor.profile import Profile, together
from tasks.monitor.quantities import QUANTITIES
from tasks.params import Monitor


@dataclass(frozen=True)
class Windows:
    """Profiles of a folder, oldest first: the newest ones, and the first ones; never the same."""

    newest: Sequence[Profile]
    first: Sequence[Profile]


def split(profiles: Sequence[Profile], wanted: Monitor) -> Windows:
    """The newest runs up to `monitor.window`, and the first up to `monitor.baseline`.

    While there are too few for both, the first ones are kept and the newest one alone is held against them.
    """
    newest = min(wanted.window, max(1, len(profiles) - wanted.baseline))
    rest = len(profiles) - newest
    return Windows(profiles[rest:], profiles[: min(wanted.baseline, rest)])


def references(
    windows: Windows, model: Profile | None, wanted: Monitor
) -> Mapping[str, tuple[Against, Sequence[Profile]]]:
    """Quantity -> what it is held against; those for which there is nothing are left out.

    With `auto`, the model's evaluation serves until the archive has first runs of its own, `monitor.baseline` of them
    with `monitor.least` observations: hardly an archive looks like the training data, and an alarm that rings each
    day is not heard. A rate of abstention is the archive's own: that of an evaluation has another threshold.
    """
    found: dict[str, tuple[Against, Sequence[Profile]]] = {}
    first = together(windows.first) if windows.first else None
    for name in QUANTITIES:
        known = wanted.reference != "runs" and model is not None and name in model.counts
        own = 0 if first is None or wanted.reference == "model" else first.independent(name)
        settled = len(windows.first) >= wanted.baseline and own >= wanted.least
        if model is not None and known and not settled:
            found[name] = ("model", [model])
        elif own:
            found[name] = ("runs", windows.first)
    return found
