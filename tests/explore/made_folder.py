"""Prepared folders out of a few lines, with the schemas that `prepare` writes."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.params import Clean, Normalise, Split
from tasks.schema import CHOICES, EMOTIONS, REASONS, REJECT, SHARD, SHARD_VERSION
from tasks.synthetic.crops import crop

Face = npt.NDArray[np.uint8]


def noise(seed: int, side: int = 48) -> Face:
    """No two seeds give equal pixels."""
    return np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)


def png(face: Face) -> bytes:
    return bytes(cv2.imencode(".png", face)[1])


@dataclass(frozen=True, eq=False)
class Kept:
    """One row of a shard."""

    key: str
    split: str
    emotion: str
    face: Face = field(default_factory=lambda: noise(0))
    group: str = ""
    fold: int | None = None
    votes: tuple[int, ...] | None = None
    augmented_from: str | None = None
    augmentation: str | None = None
    size: tuple[int, int] = (48, 48)
    aligned: bool = False


@dataclass(frozen=True, eq=False)
class Left:
    """One reject; ``emotion`` None is a label that is none, ``image`` the picture's bytes."""

    key: str
    split: str
    emotion: str | None
    reason: str
    detail: str = ""
    duplicate_of: str | None = None
    face: Face | None = None
    image: bytes | None = None
    votes: tuple[int, ...] | None = None


def measures(face: Face) -> dict[str, float]:
    levels = face.astype(float)
    two = np.sort(np.bincount(face.ravel() >> 4, minlength=16))[-2:].sum() / face.size
    edges = float(cv2.Laplacian(face, cv2.CV_64F).var() / max(levels.var(), 1))
    return {"mean": levels.mean(), "std": levels.std(), "two_tone": float(two), "sharpness": edges}


def voted(votes: tuple[int, ...] | None) -> dict[str, Any]:
    if votes is None:
        return {"votes": None, "majority": None, "entropy": None}
    shares = np.array(votes) / sum(votes)
    best = [n for n, count in enumerate(votes) if count == max(votes)]
    bits = float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum())
    return {"votes": list(votes), "majority": CHOICES[best[0]] if len(best) == 1 else None, "entropy": bits}


def write_folder(
    folder: Path, kept: Sequence[Kept], left: Sequence[Left] = (), /, *, rows: int = 16, **manifest: Any
) -> Path:
    """Write manifest.json, shards and rejects, ``rows`` to a file; ``manifest`` replaces keys of it."""
    folder.mkdir(parents=True, exist_ok=True)
    shards, rejects = [], []
    for split in sorted({one.split for one in kept}):
        own = [_shard_row(one) for one in kept if one.split == split]
        for part, start in enumerate(range(0, len(own), rows)):
            file = f"shards/{split}/part-{part:05d}.parquet"
            _write(folder / file, own[start : start + rows], SHARD)
            shards.append({"file": file, "split": split, "rows": len(own[start : start + rows]), "bytes": 1000})
    for part, start in enumerate(range(0, len(left), rows)):
        file = f"rejects/part-{part:05d}.parquet"
        _write(folder / file, [_reject_row(one) for one in left[start : start + rows]], REJECT)
        rejects.append({"file": file, "rows": len(left[start : start + rows]), "bytes": 1000, "reasons": {}})
    stated = _manifest(kept, left) | {"shards": shards, "reject_files": rejects} | manifest
    (folder / "manifest.json").write_text(json.dumps(stated, indent=2), encoding="utf-8")
    return folder


def drawn(per_class: int = 12, votes: bool = False) -> tuple[list[Kept], list[Left]]:
    """Drawn faces in three splits with warped copies, folds and groups, and at least one reject of each reason."""
    kept = [
        Kept(
            f"{split}/{emotion}/{split}_{label * 100 + n}.jpg", split, emotion, crop(1, 7 * n + label, emotion, n),
            f"person-{n // 2}-{split}", n // 2 % 3 if split != "public" else None, _ballot(label, n) if votes else None,
        )
        for label, emotion in enumerate(EMOTIONS)
        for n in range(max(per_class // 4, 2) if emotion == "disgust" else per_class)
        for split in [("training", "training", "training", "validation", "public")[n % 5]]
    ]  # fmt: skip
    kept += [
        replace(
            one, key=f"{one.key}#augmented-1", face=np.ascontiguousarray(one.face[:, ::-1]), augmented_from=one.key,
            augmentation='{"flip":true}', votes=None,
        )
        for one in kept if one.emotion == "disgust" and one.split == "training"
    ]  # fmt: skip
    return kept, list(_left(kept, votes))


def _left(kept: Sequence[Kept], votes: bool) -> Iterable[Left]:
    one, other = kept[0], kept[-4]
    ballot = _ballot(1, 3) if votes else None
    yield Left("training/happy/again.jpg", "training", one.emotion, "duplicate", f"same pixels as '{one.key}'",
               one.key, one.face, votes=ballot)  # fmt: skip
    yield Left("training/sad/leaked.jpg", "training", "sad", "duplicate_across_splits",
               f"same pixels as '{other.key}' in {other.split}", other.key, other.face)  # fmt: skip
    yield Left("training/fear/torn.jpg", "training", "fear", "conflicting_labels", "2 labels", None, one.face)
    for n in range(9):
        shifted = np.roll(one.face if n < 6 else kept[5].face, n % 6 + 1, axis=1)
        source, reason = (one, "near_duplicate") if n < 6 else (kept[5], "near_duplicate_across_splits")
        yield Left(f"training/angry/near-{n}.jpg", "training", EMOTIONS[n % 2], reason,
                   f"{n + 2} of 256 bits differ from '{source.key}' in {source.split}", source.key, shifted,
                   votes=ballot)  # fmt: skip
    for n in range(13):
        face = np.full((48, 48), n, np.uint8)
        yield Left(f"training/happy/blank-{n}.jpg", ("training", "public")[n % 2], "happy", "blank",
                   "standard deviation 0.00 is under 1 grey levels", None, face)  # fmt: skip
    for n, reason in enumerate(("two_tone", "too_dark", "too_bright", "blurred", "not_a_face", "no_face")):
        face = crop(3, n, "neutral", 0)
        spoilt = {
            "two_tone": np.where(face > face.mean(), 255, 0), "too_dark": face // 8, "too_bright": 255 - face // 8,
            "blurred": cv2.GaussianBlur(face, (0, 0), 6), "not_a_face": noise(5), "no_face": noise(6),
        }[reason].astype(np.uint8)  # fmt: skip
        yield Left(f"training/neutral/{reason}.jpg", "training", "neutral", reason, f"measured {n}.25, allowed 9", None,
                   spoilt)  # fmt: skip
    yield Left("training/angry/broken.jpg", "training", "angry", "undecodable", "JPEG ends after 312 of 8,000 bytes",
               image=b"\xff\xd8\xff\xe0 not a picture")  # fmt: skip
    yield Left("training/angry/tiny.png", "training", "angry", "wrong_size", "shorter side 9 is under 16 pixels",
               image=png(noise(1, 9)))  # fmt: skip
    yield Left("training/../../etc/passwd", "training", "angry", "refused", "leaves the data set")
    yield Left("training/angry/huge.png", "training", "angry", "too_large", "30,000 x 30,000 pixels: too many")
    yield Left("training/contempt/1.png", "training", None, "unknown_label",
               "label 'contempt' is no emotion", image=png(crop(4, 1, "disgust", 0)))  # fmt: skip


def _ballot(label: int, n: int) -> tuple[int, ...]:
    """Ten votes: most agree with the label, every third image is labelled otherwise, every fifth is open."""
    votes = np.zeros(len(CHOICES), int)
    first = label if n % 3 else (label + 4) % 7
    votes[first] = 5 if n % 5 == 0 else 7 + n % 3
    votes[(first + 1) % 7] = 10 - votes[first]
    return tuple(votes.tolist())


def _shard_row(one: Kept) -> dict[str, Any]:
    return {
        "key": one.key, "split": one.split, "label": EMOTIONS.index(one.emotion),
        "image": {"bytes": png(one.face), "path": one.key},
        "sha256": hashlib.sha256(one.face.tobytes()).hexdigest(), "width": one.size[0], "height": one.size[1],
        **measures(one.face), "phash": "0" * 64, "aligned": one.aligned,
        "group": one.group or one.key, "fold": one.fold,
        **voted(one.votes), "augmented_from": one.augmented_from, "augmentation": one.augmentation,
    }  # fmt: skip


def _reject_row(one: Left) -> dict[str, Any]:
    data = png(one.face) if one.face is not None else one.image
    found = voted(one.votes)
    return {
        "key": one.key, "split": one.split, "label": -1 if one.emotion is None else EMOTIONS.index(one.emotion),
        "reason": one.reason, "detail": one.detail, "duplicate_of": one.duplicate_of,
        **({} if one.face is None else measures(one.face)), **found,
        "image": None if data is None else {"bytes": data, "path": one.key},
    }  # fmt: skip


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=8)


def _manifest(kept: Sequence[Kept], left: Sequence[Left]) -> dict[str, Any]:
    originals = [one for one in kept if one.augmented_from is None]
    pairs = [(one.split, one.emotion) for one in originals]
    counts, found = _counts(pairs), _counts([*pairs, *((one.split, one.emotion or "unknown") for one in left)])
    folds = Counter(one.fold for one in originals if one.fold is not None)
    ballots = [(one.emotion, voted(one.votes)["majority"]) for one in originals if one.votes]
    agreeing = sum(own == majority for own, majority in ballots)
    reasons = Counter(one.reason for one in left)
    return {
        "schema_version": SHARD_VERSION, "source": "class-folders", "digest": "d1" * 32,
        "split_digests": {split: split.encode().hex().ljust(64, "0") for split in counts}, "counts": counts,
        "augmented": _counts((one.split, one.emotion) for one in kept if one.augmented_from is not None),
        "found": found, "rejects": {reason: reasons[reason] for reason in REASONS if reasons[reason]},
        "images": len(originals) + len(left), "kept": len(originals), "rejected": len(left), "warnings": [],
        "normalise": Normalise().model_dump(), "clean": Clean().model_dump(), "split": Split().model_dump(),
        "duplicates": {"groups": 3, "images": 6, "removable": 3, "across_splits": 1, "conflicting_groups": 1,
                       "conflicting_images": 2},
        "votes": {"images": len(ballots), "agreeing": agreeing} if ballots else None,
        "folds": [folds[fold] for fold in range(max(folds) + 1)] if folds else [],
    }  # fmt: skip


def _counts(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counted = Counter(pairs)
    splits = sorted({split for split, _ in counted})
    labels = (*EMOTIONS, *(["unknown"] if any(label == "unknown" for _, label in counted) else []))
    return {split: {label: counted[split, label] for label in labels} for split in splits}
