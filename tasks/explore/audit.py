"""Do the totals add up? Every figure of the manifest is counted again in the tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.explore.census import LABELS, table
from tasks.explore.scan import Scan
from tasks.report.checks import Check
from tasks.schema import EMOTIONS, REASONS


def checks(manifest: Mapping[str, Any], scan: Scan) -> tuple[Check, ...]:
    """Each figure as the manifest (``left``) and the tables (``right``) have it, unless it is 0 in both."""
    return tuple(Check(*one) for one in _pairs(manifest, scan) if one[1] or one[2])


def _pairs(manifest: Mapping[str, Any], scan: Scan) -> Iterator[tuple[str, int, int]]:
    census, agreement = scan.census, scan.agreement.kept
    kept, rejected = int(census.kept.sum()), int(census.rejected.sum())
    found = table(manifest, "found", census.splits)
    yield "images: manifest, and rows kept and left out", int(manifest["images"]), kept + rejected
    yield "images: manifest, and found per split and class", int(manifest["images"]), int(found.sum())
    yield "images kept: manifest and shards", int(manifest["kept"]), kept
    yield "images left out: manifest and rejects", int(manifest["rejected"]), rejected
    for key, noun, counted in (("counts", "kept", census.kept), ("augmented", "warped copies", census.augmented)):
        stated = table(manifest, key, census.splits)
        for split, left, right in zip(census.splits, stated.tolist(), counted.tolist(), strict=True):
            for emotion, one, other in zip(EMOTIONS, left, right, strict=False):
                yield f"{noun}, {split}, {emotion}: manifest and shards", one, other
    gone = census.rejected.sum(axis=(0, 1)).tolist()
    stayed = [*census.kept.sum(axis=0).tolist(), 0]
    for label, one, left, right in zip(LABELS, found.sum(axis=0).tolist(), stayed, gone, strict=True):
        yield f"found, {label}: manifest, and rows kept and left out", one, left + right
    reasons = manifest.get("rejects") or {}
    for reason, counted_rows in zip(REASONS, census.rejected.sum(axis=(1, 2)).tolist(), strict=True):
        yield f"{reason}: manifest and rejects", int(reasons.get(reason, 0)), counted_rows
    for fold, stated_images in enumerate(manifest.get("folds") or ()):
        counted_images = int(census.folds[fold].sum()) if fold < len(census.folds) else 0
        yield f"fold {fold}: manifest and shards", int(stated_images), counted_images
    votes = manifest.get("votes") or {}
    yield "kept images with votes: manifest and shards", int(votes.get("images", 0)), int(agreement.sum())
    if "agreeing" in votes:
        yield "labels that voters share: manifest and shards", int(votes["agreeing"]), int(agreement.trace())
