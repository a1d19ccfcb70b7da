"""Under which class shares a run's labels are, in words and as a chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from tasks.report import charts
from tasks.report.words import share
from tasks.schema import EMOTIONS

MEANINGS: Final = {
    "everyday": "Each emotion is expected as often as people see it in everyday pictures (the votes of FER+).",
    "uniform": "Each emotion is expected as often as any other, as in posed or balanced material.",
    "trained": "Each emotion is expected as often as in what the model was trained on.",
    "estimate": "How often each emotion is expected was estimated from these faces themselves, with intervals of 95 %; "
    "later runs into the same folder keep it.",
    "given": "How often each emotion is expected was given.",
}
UNKNOWN: Final = (
    "The model doesn't say under which class shares it was trained: its answers are taken as they are, and can't be "
    "put under another prior."
)
EARLIER: Final = (
    "This run is of an earlier version, which knew no prior: each emotion is expected as often as in what the model "
    "was trained on."
)


@dataclass(frozen=True)
class Prior:
    """The prior of a run: ``said`` is what it means, ``change`` a command that labels under another one, or empty."""

    name: str
    said: str
    change: str
    bars: Markup | None


def told(found: Mapping[str, Any]) -> Prior:
    """The prior that run.json tells (`name`, `shares`, `interval`); empty in older ones."""
    name = str(found.get("name") or "")
    if not name:
        return Prior("unknown", EARLIER, "", None)
    shares = _numbers(found.get("shares"))
    if shares is None:
        return Prior(name, UNKNOWN, "", None)
    other = "everyday" if name == "uniform" else "uniform"
    said = MEANINGS.get(name, MEANINGS["given"])
    return Prior(name, said, f"fermata rescore OUT --prior {other}", _bars(shares, found.get("interval")))


def _numbers(found: Any) -> dict[str, float] | None:
    if not isinstance(found, dict) or not all(isinstance(found.get(name), int | float) for name in EMOTIONS):
        return None
    return {name: float(found[name]) for name in EMOTIONS}


def _bars(shares: Mapping[str, float], interval: Any) -> Markup:
    ends = interval if isinstance(interval, dict) else {}

    def text(name: str) -> str:
        pair = ends.get(name)
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, int | float) for end in pair)):
            return share(shares[name], 1)
        return f"{share(shares[name], 1)} ({share(pair[0], 1)} to {share(pair[1], 1)})"

    ordered = sorted(EMOTIONS, key=lambda name: -shares[name])
    return charts.bars("Expected share of each emotion", [charts.Part(e, shares[e], text(e), e) for e in ordered])
