"""manifest.json: what `prepare` found, kept and rejected, and the shards that hold it.

Neither times nor paths outside the folder stand in it, so equal data gives an equal manifest.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tasks import files
from tasks.errors import ReconcileError, SourceError
from tasks.schema import REASONS, SHARD_VERSION

if TYPE_CHECKING:
    from tasks.params import Prepare
    from tasks.prepare.decide import Decisions

NAME: Final = "manifest.json"
RUN: Final = "Run: dvc repro prepare, or fermata prepare"


@dataclass(frozen=True)
class ShardStats:
    """One finished shard.

    Attributes:
        file: relative to the output folder, with forward slashes.
        split: all rows are of it.
        rows: images.
        bytes: size of the file.
        sha256: of the file.
        counts: emotion -> images, without warped copies.
        augmented: emotion -> warped copies.
        mean: of all pixels, grey levels 0..255.
        std: of all pixels, grey levels.
    """

    file: str
    split: str
    rows: int
    bytes: int
    sha256: str
    counts: dict[str, int]
    augmented: dict[str, int]
    mean: float
    std: float


@dataclass(frozen=True)
class RejectStats:
    """One finished file of rejects; ``reasons`` maps a reason to its images."""

    file: str
    rows: int
    bytes: int
    sha256: str
    reasons: dict[str, int]


Stats = ShardStats | RejectStats


def stats_from(values: dict[str, Any]) -> Stats:
    """Statistics as JSON has them."""
    return RejectStats(**values) if "reasons" in values else ShardStats(**values)


def make(
    source: str,
    prepare: "Prepare",
    decisions: "Decisions",
    built: Iterable[Stats],
    warnings: Sequence[str] = (),
    fingerprint: str = "",
) -> dict[str, Any]:
    """Add everything up.

    Args:
        source: name of the data set source.
        prepare: the parameters that it was prepared by.
        decisions: of the whole data set.
        built: statistics of all files, in any order.
        warnings: of the plan; those of ``decisions`` are added.
        fingerprint: of the source's content.

    Raises:
        ReconcileError: the files do not hold what was found and decided.
    """
    stats = sorted(built, key=lambda one: one.file)
    shards = [one for one in stats if isinstance(one, ShardStats)]
    rejects = [one for one in stats if isinstance(one, RejectStats)]
    reasons = sum((Counter(one.reasons) for one in rejects), Counter[str]())
    counts, augmented = (
        _added((one.split, one.counts) for one in shards),
        _added((one.split, one.augmented) for one in shards),
    )
    images = _total(decisions.found)
    kept, copies, rejected = _total(counts), _total(augmented), sum(one.rows for one in rejects)
    if images != kept + rejected or rejected != reasons.total() or sum(one.rows for one in shards) != kept + copies:
        raise ReconcileError(f"prepare: {images} images found, but {kept} kept + {rejected} rejected are written")
    if counts != decisions.kept or augmented != decisions.copies:
        raise ReconcileError(
            f"prepare: the shards hold {counts} and copies {augmented}, decided were {decisions.kept} and "
            f"{decisions.copies}"
        )
    settings = prepare.model_dump(exclude={"detector": {"weights"}})
    return {
        "schema_version": SHARD_VERSION,
        "source": source,
        "fingerprint": fingerprint,
        "digest": _digest(shards),
        "split_digests": {split: decisions.digests[split] for split in counts},
        "counts": counts,
        "augmented": augmented,
        "folds": list(decisions.folds),
        "found": decisions.found,
        "rejects": {reason: reasons[reason] for reason in REASONS if reasons[reason]},
        "duplicates": decisions.facts._asdict(),
        "votes": None if decisions.voted is None else {"images": decisions.voted[0], "agreeing": decisions.voted[1]},
        "images": images,
        "kept": kept,
        "rejected": rejected,
        "warnings": [*warnings, *decisions.warnings],
        **{name: settings[name] for name in ("clean", "normalise", "split", "fill")},
        "shards": [asdict(one) for one in shards],
        "reject_files": [asdict(one) for one in rejects],
    }


def write(out: Path, manifest: dict[str, Any]) -> Path:
    """Write ``manifest`` into the folder ``out``, last of all files: its presence says that they are whole."""
    path = out / NAME
    files.write_json(path, manifest)
    return path


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a prepared data set.

    Raises:
        SourceError: none there, damaged, or of another version.
    """
    path = folder / NAME
    try:
        manifest = files.read_json(path)
    except OSError:
        raise SourceError(f"{folder}: no prepared data set here ({NAME} is missing). {RUN}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: damaged ({error}). {RUN}") from None
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version != SHARD_VERSION:
        raise SourceError(f"{path}: schema version {version!r}, this Fermata reads {SHARD_VERSION!r}. {RUN}")
    return dict(manifest)


def _added(rows: Iterable[tuple[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """Counts per split; splits without any are left out."""
    added: dict[str, dict[str, int]] = {}
    for split, counts in rows:
        if any(counts.values()):
            row = added.setdefault(split, dict.fromkeys(counts, 0))
            for emotion, images in counts.items():
                row[emotion] += images
    return added


def _total(counts: dict[str, dict[str, int]]) -> int:
    return sum(sum(row.values()) for row in counts.values())


def _digest(shards: Iterable[ShardStats]) -> str:
    """SHA-256 over the shards' names and digests, one per line."""
    return hashlib.sha256("".join(f"{one.file} {one.sha256}\n" for one in shards).encode()).hexdigest()
