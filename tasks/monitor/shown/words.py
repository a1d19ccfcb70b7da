"""What the page, the table of Prefect's and the command line say of a finding."""

from tasks.monitor.compare import Finding
from tasks.monitor.quantities import QUANTITIES
from tasks.report.words import number, share

VERDICTS = {"drifted": "drifted", "steady": "steady", "few": "too few to say", "none": "nothing to compare with"}
AGAINST = {"model": "the model's evaluation", "runs": "the first runs", "": "nothing"}


def apart(found: Finding) -> str:
    """How far, and from where on it is drift."""
    if found.apart is None:
        return ""
    if QUANTITIES[found.name].rate:
        return f"{share(found.apart, 1)} of {share(found.bound, 1)}"
    return f"{found.apart:.3f} of {found.bound:g}"


def chance(found: Finding) -> str:
    """The test and its p-value."""
    if found.p is None:
        return ""
    return found.test if found.test == "none needed" else f"{found.test}, p {found.p:.2g}"


def seen(found: Finding) -> str:
    """Observations on both sides."""
    return f"{number(found.now)} against {number(found.before)}"


def moved(found: Finding) -> str:
    """The bin whose share changed most, such as `happy 12.0% -> 48.0%`."""
    if not found.shares:
        return ""
    bins = QUANTITIES[found.name].bins
    most = max(range(len(bins)), key=lambda at: abs(found.shares[at] - found.expected[at]))
    return f"{bins[most]}: {share(found.expected[most], 1)} before, {share(found.shares[most], 1)} now"


def line(found: Finding) -> str:
    """A finding in one line."""
    title = QUANTITIES[found.name].title
    return f"{title}: {VERDICTS[found.verdict]}, {apart(found)}; {moved(found)} (against {AGAINST[found.against]})"
