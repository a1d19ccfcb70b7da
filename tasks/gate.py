"""The promotion gate: may a candidate take the champion's place?"""

from dataclasses import dataclass
from typing import Any

from tasks.params import Promote


@dataclass(frozen=True)
class Check:
    """One line of the gate's table. ``gain`` is over the champion; None without one."""

    name: str
    value: float
    floor: float
    champion: float | None
    gain: float | None
    ok: bool


@dataclass(frozen=True)
class Decision:
    """What the gate says, with every check and a sentence for each that falls short."""

    promoted: bool
    checks: list[Check]
    reasons: list[str]


def decide(candidate: dict[str, Any], champion: dict[str, Any] | None, params: Promote) -> Decision:
    """Compare two metrics (of tasks.evaluate.measure, on the same images) with the floors and the minimum gain.

    Raises:
        ValueError: the two were measured on different images.
    """
    if champion is not None and champion["data_digest"] != candidate["data_digest"]:
        raise ValueError(f"measured on different images: {candidate['data_digest']} and {champion['data_digest']}")
    checks = [
        _floor("accuracy", ("accuracy",), params.floors.accuracy, candidate, champion),
        _floor("macro_f1", ("macro_f1",), params.floors.macro_f1, candidate, champion),
        *[
            _floor(f"recall.{emotion}", ("per_class", emotion, "recall"), floor, candidate, champion)
            for emotion, floor in sorted(params.floors.recall.items())
        ],
    ]
    reasons = [
        f"{check.name} {check.value:.3f} is under its floor {check.floor:.3f} (params: promote.floors.{check.name})"
        for check in checks
        if not check.ok
    ]
    if champion is not None:
        gain = candidate["accuracy"] - champion["accuracy"]
        enough = gain >= params.min_gain
        checks.append(Check("gain", gain, params.min_gain, champion["accuracy"], gain, enough))
        if not enough:
            reasons.append(
                f"accuracy gains {gain:+.3f} over the champion, at least {params.min_gain:+.3f} is asked "
                "(params: promote.min_gain)"
            )
    return Decision(not reasons, checks, reasons)


def _floor(
    name: str, path: tuple[str, ...], floor: float, candidate: dict[str, Any], champion: dict[str, Any] | None
) -> Check:
    value = _value(candidate, path)
    before = None if champion is None else _value(champion, path)
    return Check(name, value, floor, before, None if before is None else value - before, value >= floor)


def _value(metrics: Any, path: tuple[str, ...]) -> float:
    for key in path:
        metrics = metrics[key]
    return float(metrics)
