"""The gate's table, and what it says."""

from dataclasses import replace

from tasks.gate import lines, origin
from tasks.gate.check import Check, Decision
from tasks.gate.evidence import Evidence, Ground
from tasks.gate.slices import slices
from tasks.params import Promote


def decide(candidate: Evidence, champion: Evidence | None, ground: Ground, params: Promote) -> Decision:
    """Compare two models on the same images with the floors, the ceilings and each other.

    A line that could not be measured refuses.

    Raises:
        ValueError: the two were measured on different images.
    """
    if champion is not None and champion.metrics["data_digest"] != candidate.metrics["data_digest"]:
        raise ValueError(
            f"measured on different images: {candidate.metrics['data_digest']} and {champion.metrics['data_digest']}"
        )
    checks: list[Check] = lines.floors(candidate, champion, params.floors)
    if params.ceilings.ece < 1:
        checks.append(lines.error(candidate, champion, params.ceilings))
    if champion is not None:
        gained = lines.gain(candidate, champion, ground, params)
        checks[0] = replace(checks[0], interval=gained.interval)
        checks.append(gained)
        checks += slices(candidate, champion, ground, params)
    checks += lines.parity(candidate.twin, params.ceilings)
    checks += lines.latency(candidate.latency_ms, params.ceilings)
    checks += [origin.digest(ground), origin.revision(ground, params.require.dvc)]
    if params.ceilings.seen < 1:
        checks.append(origin.seen(candidate, ground, params))
    reasons = [check.reason for check in checks if not check.ok]
    return Decision(not reasons, checks, reasons)
