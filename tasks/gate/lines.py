"""Lines of the table about one figure each."""

from collections.abc import Mapping
from typing import Any

from tasks.evaluation import bootstrap
from tasks.gate.check import Check
from tasks.gate.evidence import Evidence, Ground, Twin
from tasks.params import Ceilings, Floors, Promote

SEED = 1  # of the bootstrap: the same answers give the same interval


def floors(candidate: Evidence, champion: Evidence | None, wanted: Floors) -> list[Check]:
    """Accuracy, macro F1 and the recalls that are asked for."""
    return [
        _floor("accuracy", "", ("accuracy",), wanted.accuracy, candidate, champion),
        _floor("macro_f1", "", ("macro_f1",), wanted.macro_f1, candidate, champion),
        *(
            _floor(f"recall.{emotion}", emotion, ("per_class", emotion, "recall"), floor, candidate, champion)
            for emotion, floor in sorted(wanted.recall.items())
        ),
    ]


def error(candidate: Evidence, champion: Evidence | None, wanted: Ceilings) -> Check:
    """The expected calibration error."""
    before = None if champion is None else float(champion.metrics["ece"])
    return _ceiling("ece", float(candidate.metrics["ece"]), wanted.ece, before)


def parity(found: Twin | str | None, wanted: Ceilings) -> list[Check]:
    """Whether what scores, model.tflite, is still the network that was trained; no line where it is off."""
    if wanted.parity >= 1:
        return []
    if not isinstance(found, Twin):
        return [_unmeasured("parity", wanted.parity, "<=", found, "ceilings.parity")]
    note = f"largest difference {found.difference:.3f}, {found.images:,} images"
    return [_ceiling("parity", found.disagreement, wanted.parity, None, note)]


def latency(found: float | str | None, wanted: Ceilings) -> list[Check]:
    """Milliseconds for one face on one thread; no line where it is off."""
    if not wanted.latency_ms:
        return []
    if not isinstance(found, float):
        return [_unmeasured("latency_ms", wanted.latency_ms, "<=", found, "ceilings.latency_ms")]
    return [_ceiling("latency_ms", found, wanted.latency_ms, None)]


def gain(candidate: Evidence, champion: Evidence, ground: Ground, wanted: Promote) -> Check:
    """Accuracy over the champion's, with the interval of the paired bootstrap."""
    right = [one.predicted == ground.labels for one in (champion, candidate)]
    value = float(right[1].mean() - right[0].mean())
    drawn = bootstrap.paired(right[0], right[1], wanted.resamples, wanted.confidence, SEED)
    low, high = drawn if drawn else (value, value)
    reached = low if wanted.gain_by == "lower" else value
    said = f"accuracy gains {value:+.3f} over the champion"
    if wanted.gain_by == "lower":
        said += f", with {100 * wanted.confidence:g} % confidence at least {low:+.3f}"
    return Check(
        "gain", value, wanted.min_gain, ">=", float(champion.metrics["accuracy"]), value, (low, high),
        reached >= wanted.min_gain, "" if wanted.gain_by == "mean" else "by the lower end",
        "" if reached >= wanted.min_gain
        else f"{said}; at least {wanted.min_gain:+.3f} is asked (params: promote.min_gain)",
    )  # fmt: skip


def _floor(
    name: str, emotion: str, path: tuple[str, ...], floor: float, candidate: Evidence, champion: Evidence | None
) -> Check:
    if emotion and not candidate.metrics["per_class"][emotion]["support"]:
        return _unmeasured(name, floor, ">=", f"no image of {emotion} is judged", f"floors.{name}")
    value = _value(candidate.metrics, path)
    before = None if champion is None else _value(champion.metrics, path)
    ok = value >= floor
    reason = "" if ok else f"{name} {value:.3f} is under its floor {floor:.3f} (params: promote.floors.{name})"
    return Check(name, value, floor, ">=", before, None if before is None else value - before, None, ok, "", reason)


def _ceiling(name: str, value: float, bound: float, champion: float | None, note: str = "") -> Check:
    ok = value <= bound
    reason = "" if ok else f"{name} {value:.3f} is over its ceiling {bound:.3f} (params: promote.ceilings.{name})"
    gain = None if champion is None else value - champion
    return Check(name, value, bound, "<=", champion, gain, None, ok, note, reason)


def _unmeasured(name: str, bound: float, sense: str, why: str | float | None, key: str) -> Check:
    return Check(
        name, None, bound, sense, ok=False, note="not measured",
        reason=f"{name} could not be measured: {why or 'nothing was'} (params: promote.{key})",
    )  # fmt: skip


def _value(metrics: Mapping[str, Any], path: tuple[str, ...]) -> float:
    found: Any = metrics
    for key in path:
        found = found[key]
    return float(found)
