"""Lines about where things come from: the judged images, and what the candidate was trained on."""

from tasks.gate.check import Check
from tasks.gate.evidence import Evidence, Ground
from tasks.params import Promote


def digest(ground: Ground) -> Check:
    """The images that were judged are those that the manifest names."""
    if ground.found == ground.digest:
        return Check("data digest", note=f"{ground.digest[:12]}... of {len(ground.labels):,} images")
    return Check(
        "data digest", ok=False, note="another",
        reason=f"the images of {ground.split} have the digest {ground.found[:12]}..., their manifest says "
        f"{ground.digest[:12]}...: they were changed. Prepare them again",
    )  # fmt: skip


def revision(ground: Ground, required: bool) -> Check:
    """The judged data is what dvc.lock names; where it names none, that is asked for only if params do."""
    found = ground.revision
    if found.same:
        return Check("dvc", note=f"{found.md5} of dvc.lock" + (f", git {found.git[:12]}" if found.git else ""))
    if found.same is None and not required:
        return Check("dvc", note=f"not known: {found.why}")
    way = (
        "Run: dvc repro prepare" if found.same is False else "Put the data under DVC, or set promote.require.dvc: false"
    )
    note = "another version" if found.same is False else "not known"
    return Check("dvc", ok=False, note=note, reason=f"the judged data's version isn't certain: {found.why}. {way}")


def seen(candidate: Evidence, ground: Ground, wanted: Promote) -> Check:
    """How many of the judged images it was trained or chosen on."""
    found, total, bound = candidate.seen, len(ground.labels), wanted.ceilings.seen
    if isinstance(found, str):
        return Check("seen", None, bound, "<=", ok=False, note="not measured",
                     reason=f"what it was trained on could not be read: {found}")  # fmt: skip
    if found is not None and found / total > bound:
        return Check(
            "seen", found / total, bound, "<=", ok=False, note=f"{found:,} images",
            reason=f"it was trained or chosen on {found:,} of the {total:,} images of {ground.split}. Judge it on "
            "others (params: evaluate.split), or train it without them (params: promote.ceilings.seen)",
        )  # fmt: skip
    if found is not None and not candidate.unknown:
        return Check("seen", found / total, bound, "<=", note=f"{found:,} images")
    why = (
        f"nor is what it learnt from ({', '.join(candidate.unknown)})" if found is not None
        else "it comes from elsewhere"
    )  # fmt: skip
    value = None if found is None else found / total
    if not wanted.require.trained_on:
        return Check("seen", value, bound, "<=", note="not known")
    return Check(
        "seen", value, bound, "<=", ok=False, note="not known",
        reason=f"which images it was trained on is not known: {why} (params: promote.require.trained_on)",
    )  # fmt: skip
