"""Write report.html: what a prepared data set holds, what was left out, and what stands out."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from tasks import files, manifest
from tasks.explore import agreement
from tasks.explore.audit import checks
from tasks.explore.census import LABELS
from tasks.explore.copies import KINDS
from tasks.explore.gallery import Gallery, Item
from tasks.explore.page import render
from tasks.explore.prepared import Prepared
from tasks.explore.scan import Scan
from tasks.explore.seen import Finding
from tasks.explore.view import view
from tasks.params import Explore
from tasks.report.words import number, share
from tasks.schema import EMOTIONS, MEASURES, REASONS

NAV: Final = (
    ("findings", "Findings"), ("classes", "Classes"), ("rejects", "Left out"), ("copies", "Duplicates"),
    ("samples", "Samples"), ("measures", "Measures"), ("labels", "Votes"), ("groups", "Groups"), ("origin", "Origin"),
)  # fmt: skip
_SETTINGS: Final = ("clean", "normalise", "split", "fill")


def write_page(
    path: Path, prepared: Prepared, scan: Scan, gallery: Gallery, findings: list[Finding], wanted: Explore
) -> Path:
    """Write the page to ``path``, one file that needs neither network nor server, and return ``path``."""
    stated = prepared.manifest
    shown = view(stated, scan)
    context = {
        "title": f"{stated.get('source', 'Data set')}, explored",
        "eyebrow": "A labelled data set, explored",
        "heading": f"{number(int(scan.census.kept.sum()))} faces, and what was left out",
        "nav": NAV,
        "sections": dict(NAV),
        "banners": (),
        "footer": f"Data digest {stated.get('digest', 'unknown')}.",
        "m": stated,
        "s": scan,
        "v": shown,
        "g": gallery,
        "wanted": wanted,
        "findings": findings,
        "checks": checks(stated, scan),
        "tiles": tiles(stated, scan),
        "written": _written(prepared.folder / manifest.NAME),
        "labels": LABELS,
        "emotions": EMOTIONS,
        "choices": agreement.COLUMNS,
        "largest": _largest(prepared, scan),
        "origin": _origin(stated),
        "settings": [(name, _flat(stated[name])) for name in _SETTINGS if stated.get(name)],
        "rejects_path": repr((prepared.folder / "rejects").as_posix()),
        "data": data(gallery, scan),
    }
    files.write_text(path, render(context))
    return path


def tiles(stated: Mapping[str, Any], scan: Scan) -> list[tuple[str, str, str]]:
    """Name, figure and remark of what stands on top."""
    kept, rejected = int(scan.census.kept.sum()), int(scan.census.rejected.sum())
    copies, warped = len(scan.joined.kinds), int(scan.census.augmented.sum())
    found = [
        ("Images found", number(kept + rejected), f"in {len(scan.census.splits)} splits"),
        ("Kept", number(kept), share(kept, kept + rejected)),
        ("Left out", number(rejected), share(rejected, kept + rejected)),
        ("Of these copies", number(copies), "equal or nearly equal to another"),
    ]
    if warped:
        found.append(("Warped copies", number(warped), "drawn from kept images"))
    if scan.agreement.kept.any():
        text = f"of {number(int(scan.agreement.kept.sum()))} with votes"
        found.append(("Labels as voted", share(agreement.share(scan.agreement.kept), 1), text))
    return found


def data(gallery: Gallery, scan: Scan) -> Markup:
    """What the page's script reads, as JSON that no text in it can end."""
    reasons = [
        [REASONS[reason], scan.census.splits[split], LABELS[label], int(scan.census.rejected[reason, split, label])]
        for reason, split, label in np.argwhere(scan.census.rejected).tolist()
    ]
    kinds = [scan.joined.kind(number) for number in range(len(KINDS))]
    sets = [[kind.name, "differ", kind.differing] for kind in kinds]
    sets += [[kind.name, "agree", kind.sets - kind.differing] for kind in kinds]
    content = {
        "measures": MEASURES,
        "pictures": gallery.pictures,
        "rejects": gallery.rejects,
        "copies": gallery.copies,
        "disputed": gallery.disputed,
        "samples": _without_pictures(gallery.samples),
        "warped": _without_pictures(gallery.warped),
        "totals": {"rejects": reasons, "copies": sets, "disputed": _disputed(scan)},
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  JSON, that no < can end


def _disputed(scan: Scan) -> list[tuple[str, str, str, int]]:
    """Kept images with votes: kind, own label, majority, images."""
    rows = []
    for label, majority in np.argwhere(scan.agreement.kept).tolist():
        row = (EMOTIONS[label], agreement.COLUMNS[majority], int(scan.agreement.kept[label, majority]))
        rows.append(("disputed", *row))
        if majority not in (label, agreement.OPEN):
            rows.append(("otherwise", *row))
    return rows


def _without_pictures(named: Mapping[str, Iterable[Item]]) -> dict[str, list[Item]]:
    """These stand in the markup, so that they are seen without the script."""
    return {
        name: [{key: value for key, value in item.items() if key != "uri"} for item in items]
        for name, items in named.items()
    }


def _written(path: Path) -> str:
    return f"{datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d %H:%M} UTC"


def _largest(prepared: Prepared, scan: Scan) -> list[tuple[str, str, int]]:
    rows = prepared.kept.rows([group.place for group in scan.groups.largest], ("group", "split"))
    return [(rows[one.place]["group"], rows[one.place]["split"], one.images) for one in scan.groups.largest]


def _origin(stated: Mapping[str, Any]) -> list[tuple[str, str]]:
    shards, rejects = stated["shards"], stated["reject_files"]
    pairs = [
        ("Source", stated.get("source")),
        ("Fingerprint of the source", stated.get("fingerprint")),
        ("Digest", stated.get("digest")),
        *((f"Digest of {split}", digest) for split, digest in (stated.get("split_digests") or {}).items()),
        ("Shards", f"{number(len(shards))} files, {number(sum(one.get('rows', 0) for one in shards))} rows"),
        ("Rejects", f"{number(len(rejects))} files, {number(sum(one.get('rows', 0) for one in rejects))} rows"),
        ("Schema", stated.get("schema_version")),
    ]
    return [(name, str(value)) for name, value in pairs if value]


def _flat(values: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Settings as (name, value), groups within groups by dotted names."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        found += (
            _flat(value, f"{prefix}{name}.") if isinstance(value, dict) and value else [(prefix + name, str(value))]
        )
    return found
