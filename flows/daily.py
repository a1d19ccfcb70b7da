"""daily: monitoring of the labels that are being added to."""

from collections.abc import Sequence
from typing import Any, Final

from prefect import flow

from flows import places
from flows.attempts import attempt, check_lives
from flows.monitor import monitor
from tasks.score import archives

HOURS: Final = 1


@flow(name="monitor", validate_parameters=False, timeout_seconds=3600 * HOURS)
def daily(
    out: str = "labels",
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    report: str = str(places.MONITOR),
    pause: float = 30.0,
) -> dict[str, Any]:
    """Hold the newest runs below `out` against the evaluation of their model, and against the first runs.

    Args:
        out: what `score-inbox` writes to, or one results folder.
        report: a folder for the page and its figures.
        pause: seconds before a step that failed is tried again, twice as many before the last try.

    Returns:
        What stands in monitor.json.

    Raises:
        UsageError: no labels below `out`, or none that left a profile.
    """
    check_lives()
    place = archives.newest(out).address
    given: dict[str, Any] = {"params_file": params_file, "overrides": list(overrides), "report": report}
    told: dict[str, Any] = attempt("monitor", lambda: monitor.fn(place, **given), pause=pause)
    return told
