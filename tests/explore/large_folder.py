"""Prepared folders of many rows, made column by column; the pictures are all the same."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_folder import noise, png

from tasks.params import Clean
from tasks.schema import CHOICES, EMOTIONS, REJECT, SHARD, SHARD_VERSION

FILE = 4096  # rows


def write_large(folder: Path, kept: int, left: int) -> Path:
    """Write ``kept`` rows of training, with votes and groups of three, and ``left`` near duplicates of them."""
    rng = np.random.default_rng(1)
    shards, rejects = [], []
    counts = np.zeros(len(EMOTIONS), np.int64)
    for part, start in enumerate(range(0, kept, FILE)):
        numbers = np.arange(start, min(start + FILE, kept))
        labels = numbers % 7
        counts += np.bincount(labels, minlength=7)
        table = {
            **_common(numbers, labels, rng, "face"),
            "sha256": pa.array([hashlib.sha256(b"%d" % n).hexdigest() for n in numbers.tolist()]),
            "width": pa.array(np.full(len(numbers), 48, np.int32)),
            "height": pa.array(np.full(len(numbers), 48, np.int32)),
            "phash": pa.array(["0" * 64] * len(numbers)),
            "aligned": pa.array(np.zeros(len(numbers), bool)),
            "group": pa.array([f"group-{n // 3}" for n in numbers.tolist()]),
            "fold": pa.array((numbers // 3 % 5).astype(np.int8)),
            "augmented_from": pa.nulls(len(numbers), pa.string()),
            "augmentation": pa.nulls(len(numbers), pa.string()),
        }
        shards.append(_write(folder, f"shards/training/part-{part:06d}.parquet", table, SHARD))
    for part, start in enumerate(range(0, left, FILE)):
        numbers = np.arange(start, min(start + FILE, left))
        table = {
            **_common(numbers, numbers % 5, rng, "near"),
            "reason": pa.array(["near_duplicate"] * len(numbers)),
            "detail": pa.array([f"{n % 12} bits of the perceptual hash from 'face'" for n in numbers.tolist()]),
            "duplicate_of": pa.array([f"face-{n % kept}" for n in numbers.tolist()]),
        }
        rejects.append(_write(folder, f"rejects/part-{part:06d}.parquet", table, REJECT))
    gone = np.bincount(np.arange(left) % 5, minlength=7)
    manifest = {
        "schema_version": SHARD_VERSION, "source": "made", "digest": "0" * 64, "images": kept + left, "kept": kept,
        "rejected": left, "found": {"training": _named(counts + gone)}, "counts": {"training": _named(counts)},
        "rejects": {"near_duplicate": left}, "warnings": [], "votes": {"images": kept, "agreeing": kept},
        "clean": Clean().model_dump(), "shards": shards,
        "reject_files": rejects,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _common(numbers: np.ndarray, labels: np.ndarray, rng: np.random.Generator, name: str) -> dict[str, pa.Array]:
    size = len(numbers)
    keys = pa.array([f"{name}-{n}" for n in numbers.tolist()])
    votes = np.zeros((size, len(CHOICES)), np.int16)
    votes[np.arange(size), labels] = 10
    return {
        "key": keys,
        "split": pa.array(["training"] * size),
        "label": pa.array(labels),
        "image": pa.StructArray.from_arrays([pa.array([png(noise(1, 8))] * size), keys], ["bytes", "path"]),
        "mean": pa.array(rng.normal(120, 20, size).astype(np.float32)),
        "std": pa.array(rng.normal(50, 10, size).astype(np.float32)),
        "two_tone": pa.array(rng.uniform(0, 1, size).astype(np.float32)),
        "sharpness": pa.array(rng.normal(2, 0.3, size).astype(np.float32)),
        "votes": pa.array(list(votes), pa.list_(pa.int16())),
        "majority": pa.array(np.array(EMOTIONS)[labels]),
        "entropy": pa.array(np.zeros(size, np.float32)),
    }


def _named(counts: np.ndarray) -> dict[str, int]:
    return dict(zip(EMOTIONS, counts.tolist(), strict=True))


def _write(folder: Path, file: str, columns: dict[str, pa.Array], schema: pa.Schema) -> dict[str, object]:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    table = pa.table([columns[name] for name in schema.names], names=schema.names).cast(schema)
    pq.write_table(table, folder / file, row_group_size=1024)
    return {"file": file, "split": "training", "rows": table.num_rows}
