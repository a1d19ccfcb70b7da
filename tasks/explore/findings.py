"""What a curator should know first: rules that read the counts and say what stands out, gravest first."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from tasks.explore import agreement, audit, copies
from tasks.explore.agreement import COLUMNS
from tasks.explore.drift import FEW, drift, mix, telltale
from tasks.explore.scan import Scan
from tasks.explore.seen import Finding, Seen
from tasks.report.words import number, plural, share
from tasks.schema import EMOTIONS, REASONS

IMBALANCE: Final = 5.0  # largest class of a split by the smallest
LEFT_OUT: Final = 0.1  # share of images
CLASS_LOSS: Final = 2.0  # share that a class loses by that of all
AGREEMENT: Final = 0.8  # share of images
RELABELLED: Final = 0.1  # share of near duplicates

_LEVELS = ("error", "warning", "note")
_NEAR = [n for n, kind in enumerate(copies.KINDS) if kind.startswith("near")]
_UNREAD = [REASONS.index(reason) for reason in ("refused", "too_large", "undecodable")]


def findings(manifest: Mapping[str, Any], scan: Scan) -> list[Finding]:
    """All that stands out, errors first, then warnings, then notes."""
    seen = Seen(manifest, scan)
    found = [finding for rule in RULES for finding in rule(seen)]
    return sorted(found, key=lambda one: _LEVELS.index(one.level))


def _totals(seen: Seen) -> Iterator[Finding]:
    wrong = [check for check in audit.checks(seen.manifest, seen.scan) if not check.ok]
    if wrong:
        said = "; ".join(f"{check.name}: {check.left} against {check.right}" for check in wrong[:3])
        yield Finding("error", f"The totals do not add up, so this folder is damaged. {said}", "origin")


def _groups(seen: Seen) -> Iterator[Finding]:
    groups = seen.scan.groups
    if groups.across_folds:
        yield Finding("error", f"{plural(groups.across_folds, 'group')} torn between folds.", "groups")
    if groups.across_splits:
        said = f"{plural(groups.across_splits, 'group')} in several splits, so tests see what was trained on."
        yield Finding("warning", f"{said} prepare.split.by: stratified keeps groups together.", "groups")


def _said(seen: Seen) -> Iterator[Finding]:
    for warning in seen.manifest.get("warnings") or ():
        yield Finding("warning", str(warning), "origin")


def _classes(seen: Seen) -> Iterator[Finding]:
    for split, row, warped in zip(seen.splits, seen.scan.census.kept, seen.scan.census.augmented, strict=True):
        level = "warning" if split == seen.splits[seen.reference] else "note"
        filled = row + warped
        low, high = int(filled.argmin()), int(filled.argmax())
        if filled.any() and not row.all():
            missing = ", ".join(e for e, count in zip(EMOTIONS, row, strict=True) if not count)
            yield Finding("warning", f"{split} has no image of {missing}.", "classes")
        elif filled.any() and filled[high] >= IMBALANCE * filled[low]:
            counts = f"{plural(int(row[low]), 'image')} against {number(int(row[high]))} of {EMOTIONS[high]}"
            more = f" (and {number(int(warped[low]))} warped)" if warped[low] else ""
            yield Finding(level, f"{EMOTIONS[low]} is rare in {split}: {counts}{more}.", "classes")


def _left_out(seen: Seen) -> Iterator[Finding]:
    kept, rejected = seen.scan.census.kept, seen.scan.census.rejected
    part = rejected.sum() / max(rejected.sum() + kept.sum(), 1)
    if part > LEFT_OUT:
        yield Finding("warning", f"{share(part, 1)} of all images were left out.", "rejects")
    lost = rejected.sum(axis=(0, 1))[: len(EMOTIONS)]
    for emotion, gone, stayed in zip(EMOTIONS, lost.tolist(), kept.sum(axis=0).tolist(), strict=True):
        if gone >= FEW and gone / (gone + stayed) > CLASS_LOSS * part:
            text = f"{emotion} loses {share(gone, gone + stayed)} of its images, all classes together {share(part, 1)}."
            yield Finding("note", text, "rejects")
    if unknown := int(rejected[REASONS.index("unknown_label")].sum()):
        yield Finding("note", f"{plural(unknown, 'image')} with a label that is no emotion.", "rejects")
    if unread := int(rejected[_UNREAD].sum()):
        yield Finding("note", f"{plural(unread, 'image')} that could not be opened.", "rejects")


def _copies(seen: Seen) -> Iterator[Finding]:
    facts = seen.manifest.get("duplicates") or {}
    if groups := facts.get("conflicting_groups"):
        disputed = number(facts.get("conflicting_images", 0))
        text = f"{plural(groups, 'set')} of equal images with different labels, {disputed} images in all."
        yield Finding("warning", text, "copies")
    if across := facts.get("across_splits"):
        yield Finding("note", f"{plural(across, 'set')} of equal images in several splits, as found.", "copies")
    near = [seen.scan.joined.kind(n) for n in _NEAR]
    images, relabelled = sum(kind.images for kind in near), sum(kind.relabelled for kind in near)
    if images >= FEW and relabelled > RELABELLED * images:
        text = f"{number(relabelled)} of {number(images)} near duplicates carry another label than the copy that stayed"
        yield Finding("warning", f"{text}: the labels are uncertain.", "copies")


def _votes(seen: Seen) -> Iterator[Finding]:
    kept = seen.scan.agreement.kept
    if kept.sum() and (agreed := agreement.share(kept)) < AGREEMENT:
        sizes = kept.sum(axis=1)
        shares = np.where(sizes > 0, np.diagonal(kept) / np.maximum(sizes, 1), 1.0)
        worst = int(shares.argmin())
        rival = int(np.where(np.arange(len(COLUMNS)) == worst, -1, kept[worst]).argmax())
        often = "on which voters often disagree" if rival == agreement.OPEN else f"often voted {COLUMNS[rival]}"
        text = f"Labels are those of most voters on {share(agreed, 1)} of the kept images with votes; least on"
        yield Finding("warning", f"{text} {EMOTIONS[worst]}, {share(float(shares[worst]), 1)}, {often}.", "labels")


RULES: Final[tuple[Callable[[Seen], Iterator[Finding]], ...]] = (
    _totals, _groups, _classes, _votes, _copies, _left_out, _said, mix, drift, telltale,
)  # fmt: skip
