"""One line of the gate's table, and all of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One line of the table.

    Attributes:
        name: such as `accuracy` or `slice brightness 1: under 90`.
        value: what was measured; None where nothing could be, or where it is no number.
        bound: what it is held against; None where it is no number.
        sense: `>=` or `<=`; empty without a bound.
        champion: the champion's value on the same images.
        gain: over the champion.
        interval: of the gain.
        ok: whether it holds.
        note: what else is to be said.
        reason: why it doesn't hold, with the way out; empty where it does.
    """

    name: str
    value: float | None = None
    bound: float | None = None
    sense: str = ""
    champion: float | None = None
    gain: float | None = None
    interval: tuple[float, float] | None = None
    ok: bool = True
    note: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Decision:
    """What the gate says, with every line and a sentence for each that falls short."""

    promoted: bool
    checks: list[Check]
    reasons: list[str]
