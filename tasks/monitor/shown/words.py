"""What the page, the table of Prefect's and the command line say of a finding."""

from collections.abc import Sequence

from tasks.monitor.compare import JUDGED, Finding
from tasks.monitor.quantities import QUANTITIES
from tasks.params import Monitor
from tasks.report.words import named, number, share

VERDICTS = {
    "drifted": "drifted", "steady": "steady", "few": "too few to say", "none": "nothing to compare with",
    "unmeasured": "not measured",
}  # fmt: skip
REFERENCES = {
    "auto": "no earlier runs of this archive have measured that, nor has its model's evaluation",
    "runs": "no earlier runs of this archive have measured that",
    "model": "the evaluation of its model has not measured that",
}
AGAINST = {"model": "the model's evaluation", "runs": "the first runs", "": "nothing"}


def headline(findings: Sequence[Finding]) -> str:
    """The verdict in a few words; where not all that was measured could be judged, it says how much of it could."""
    measured, judged = counts(findings)
    drifted = sum(one.verdict == "drifted" for one in findings)
    if not judged:
        return "Nothing could be judged"
    some = "" if judged == measured else f"{judged} of {measured} quantities that could be judged"
    if not drifted:
        return f"Nothing has drifted in the {some}" if some else "Nothing has drifted"
    what = "quantity" if drifted == 1 else "quantities"
    return f"{drifted} {what} drifted{f', of the {some}' if some else ''}"


def counts(findings: Sequence[Finding]) -> tuple[int, int]:
    """How many quantities the newest runs have measured, and how many of those could be judged."""
    measured = sum(one.verdict != "unmeasured" for one in findings)
    return measured, sum(one.verdict in JUDGED for one in findings)


def why(findings: Sequence[Finding], wanted: Monitor) -> str:
    """Why quantities that were measured could not be judged; empty where all could."""
    said = []
    if without := [one for one in findings if one.verdict == "none"]:
        what = "" if len(without) == counts(findings)[0] else f" for {titles(without)}"
        said.append(f"There is nothing to compare with yet{what}: {REFERENCES[wanted.reference]}.")
    if few := [one for one in findings if one.verdict == "few"]:
        said.append(
            f"There are too few observations for {titles(few)}: at least {number(wanted.least)} people, media or files "
            "are needed on either side (monitor.least)."
        )
    return " ".join(said) if said or counts(findings)[0] else "The newest runs have measured nothing."


def titles(findings: Sequence[Finding]) -> str:
    """Names of quantities in a sentence."""
    return ", ".join(QUANTITIES[one.name].title.partition(",")[0].lower() for one in findings)


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
    """The bin whose share changed most, such as `happy: 12.0 % before, 48.0 % now`; of reasons a reason."""
    if not found.shares:
        return ""
    bins = QUANTITIES[found.name].bins
    first = 1 if found.name == "reasons" else 0  # what was answered is told by the abstention
    most = max(range(first, len(bins)), key=lambda at: abs(found.shares[at] - found.expected[at]))
    return f"{named(bins[most])}: {share(found.expected[most], 1)} before, {share(found.shares[most], 1)} now"


def line(found: Finding) -> str:
    """A finding in one line."""
    title = QUANTITIES[found.name].title
    return f"{title}: {VERDICTS[found.verdict]}, {apart(found)}; {moved(found)} (against {AGAINST[found.against]})"
