"""Figures for machines: CSV files that `dvc plots` draws, and summary.json whose numbers `dvc metrics` compares."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks import files
from tasks.explore import agreement
from tasks.explore.agreement import COLUMNS
from tasks.explore.audit import checks
from tasks.explore.census import LABELS, table
from tasks.explore.copies import KINDS
from tasks.explore.measures import AXES
from tasks.explore.scan import Scan
from tasks.explore.seen import Finding
from tasks.schema import EMOTIONS, REASONS

Row = Sequence[Any]


def write_tables(out: Path, manifest: Mapping[str, Any], scan: Scan, findings: Iterable[Finding]) -> dict[str, Any]:
    """Write classes.csv, reasons.csv, measures.csv, labels.csv, folds.csv and summary.json into the folder ``out``.

    Returns:
        The summary.
    """
    _write(out / "classes.csv", ("split", "emotion", "found", "kept", "augmented"), _classes(manifest, scan))
    _write(out / "reasons.csv", ("reason", "split", "images"), _reasons(scan))
    _write(out / "measures.csv", ("measure", "from", "to", "split", "kept", "rejected"), _measures(scan))
    _write(out / "labels.csv", ("label", "majority", "images"), _labels(scan))
    _write(out / "folds.csv", ("fold", "emotion", "images"), _folds(scan))
    found = summary(manifest, scan, findings)
    files.write_json(out / "summary.json", found)
    return found


def summary(manifest: Mapping[str, Any], scan: Scan, findings: Iterable[Finding]) -> dict[str, Any]:
    """The figures that tell one version of the data from another; all are numbers."""
    census, votes = scan.census, scan.agreement
    kinds = [scan.joined.kind(number) for number in range(len(KINDS))]
    levels = Counter(finding.level for finding in findings)
    found: dict[str, Any] = {
        "images": int(census.kept.sum() + census.rejected.sum()),
        "kept": int(census.kept.sum()),
        "rejected": int(census.rejected.sum()),
        "augmented": int(census.augmented.sum()),
        "splits": dict(zip(census.splits, census.kept.sum(axis=1).tolist(), strict=True)),
        "rejects": {
            reason: images
            for reason, images in zip(REASONS, census.rejected.sum(axis=(1, 2)).tolist(), strict=True)
            if images
        },
        "duplicates": dict(manifest.get("duplicates") or {}),
        "relabelled": {kind.name: kind.relabelled for kind in kinds if kind.images},
        "groups": {"count": scan.groups.count, "grouped_images": scan.groups.grouped,
                   "across_splits": scan.groups.across_splits},
        "findings": {level: levels[level] for level in ("error", "warning", "note")},
        "checks_failed": sum(not check.ok for check in checks(manifest, scan)),
    }  # fmt: skip
    if votes.kept.any():
        found["agreement"] = {
            "images": int(votes.kept.sum()),
            "kept": round(agreement.share(votes.kept), 6),
            "found": round(agreement.share(votes.kept + votes.rejected), 6),
        }
    return found


def _classes(manifest: Mapping[str, Any], scan: Scan) -> Iterator[Row]:
    found = table(manifest, "found", scan.census.splits)
    for split, before, after, warped in zip(
        scan.census.splits, found.tolist(), scan.census.kept.tolist(), scan.census.augmented.tolist(), strict=True
    ):
        yield from (
            (split, *row) for row in zip(LABELS, before, [*after, 0], [*warped, 0], strict=True) if any(row[1:])
        )


def _reasons(scan: Scan) -> Iterator[Row]:
    for reason, row in zip(REASONS, scan.census.rejected.sum(axis=2).tolist(), strict=True):
        yield from ((reason, split, n) for split, n in zip(scan.census.splits, row, strict=True) if n)


def _measures(scan: Scan) -> Iterator[Row]:
    for axis in AXES:
        kept, rejected = scan.measured.kept[axis.name].sum(axis=1), scan.measured.rejected[axis.name]
        edges = [f"{edge:.6g}" for edge in axis.edges]
        for split, stayed, left in zip(scan.census.splits, kept.tolist(), rejected.tolist(), strict=True):
            bins = zip(edges[:-1], edges[1:], stayed, left, strict=True)
            yield from ((axis.name, low, high, split, a, b) for low, high, a, b in bins if a or b)


def _labels(scan: Scan) -> Iterator[Row]:
    for label, row in zip(EMOTIONS, scan.agreement.kept.tolist(), strict=True):
        yield from ((label, majority, n) for majority, n in zip(COLUMNS, row, strict=True) if n)


def _folds(scan: Scan) -> Iterator[Row]:
    for fold, row in enumerate(scan.census.folds.tolist()):
        yield from ((fold, emotion, n) for emotion, n in zip(EMOTIONS, row, strict=True))


def _write(path: Path, names: Row, rows: Iterable[Row]) -> None:
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
