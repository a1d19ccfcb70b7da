"""Builds scored folders out of a few lines, with the schemas that scoring writes."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from tasks.prior import EVERYDAY
from tasks.schema import EMOTIONS, FACES, FILES, FRAMES, REJECTS, TRACKS
from tasks.score import follow
from tasks.score.shares import shares

THUMBS = pa.schema(
    [
        ("source", pa.string()), ("member", pa.string()), ("frame", pa.int64()), ("pts_ms", pa.float64()),
        ("face", pa.int32()), ("emotion", pa.string()), ("confidence", pa.float32()),
        ("abstained_because", pa.string()), ("jpeg", pa.binary()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Media:
    """One file: ``frames`` holds one entry per sampled frame, the emotions of its faces or None if it did not decode.

    An emotion in upper case is one without a label, ``SAD/too_small`` with the reason (unsure, where none is said). The
    n-th faces of a video's frames are its track n. All faces are of ``size`` pixels and of ``quality``.
    """

    source: str
    status: str = "scored"
    frames: tuple[tuple[str, ...] | None, ...] = ()
    media: str = "image"
    member: str | None = None
    error: str | None = None
    duplicate_of: str | None = None
    seconds: float = 0.25
    size: float = 40.0
    quality: float | None = None


def picture(seed: int = 0, kind: str = "JPEG", side: int = 48) -> bytes:
    """A small picture of noise."""
    pixels = np.random.default_rng(seed).integers(40, 220, (side // 8, side // 8), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize((side, side)).save(stream, kind, **({"quality": 80} if kind == "JPEG" else {}))
    return stream.getvalue()


def write_folder(
    folder: Path, media: Sequence[Media], *, thumbs: int | None = 40, run: Mapping[str, Any] | None = None
) -> Path:
    """Write run.json, files, frames, faces, tracks and, unless ``thumbs`` is None, at most that many thumbnails."""
    files, frames, faces = [], [], []
    tracks: list[dict[str, Any]] = []
    for item in media:
        own_frames, own_faces = _frames(item), _faces(item)
        frames += own_frames
        faces += own_faces
        table = pa.Table.from_pylist(own_faces, FACES)
        tracked = follow.tracks(table, np.ones(len(table))).to_pylist() if item.media == "video" and own_faces else []
        tracks += tracked
        files.append(
            {
                "source": item.source, "member": item.member, "source_sha256": "0" * 64, "media_type": item.media,
                "bytes": 1000, "status": item.status, "frames_total": len(item.frames),
                "frames_sampled": len(own_frames), "frames_failed": sum(f is None for f in item.frames),
                "faces": len(own_faces), "duplicate_of": item.duplicate_of, "seconds": item.seconds,
                "error": item.error, "tracks": len(tracked) if item.media == "video" else None,
                **(shares(table, np.ones(len(table))) if own_faces else {}),
            }
        )  # fmt: skip
    written = (("files", FILES, files), ("frames", FRAMES, frames), ("faces", FACES, faces), ("tracks", TRACKS, tracks))
    for name, schema, rows in written:
        (folder / name).mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / name / "part-00000.parquet")
    if thumbs is not None:
        rows = [
            {key: row[key] for key in THUMBS.names if key != "jpeg"} | {"jpeg": picture(i)}
            for i, row in enumerate(faces[:thumbs])
        ]
        pq.write_table(pa.Table.from_pylist(rows, THUMBS), folder / "thumbs.parquet")
    stated = run_json(files, frames, faces, tracks) | dict(run or {})
    (folder / "run.json").write_text(json.dumps(stated), encoding="utf-8")
    return folder


def run_json(files: list[Any], frames: list[Any], faces: list[Any], tracks: list[Any]) -> dict[str, Any]:
    """What a finished run says about itself."""

    def by_status(rows: list[Any]) -> dict[str, int]:
        return dict(Counter(row["status"] for row in rows))

    return {
        "state": "finished", "started": "2025-11-21T09:00:00+00:00", "finished": "2025-11-21T09:03:20+00:00",
        "seconds": 200.0, "run_id": "run-1", "sources": ["photos/archive-1987"],
        "model": {
            "uri": "models:/emotion@champion", "name": "emotion", "version": "4", "digest": "ab" * 32,
            "architecture": "cnn5", "synthetic": False, "temperature": 1.3, "data_digest": "cd" * 32,
            "git_revision": "b09c371", "run_id": "7f3a", "accuracy": 0.71, "truth": "votes",
            "prior": dict.fromkeys(EMOTIONS, 1 / 7), "rejects": list(REJECTS), "quality": {"usual": [0.0] * 6},
        },
        "detector": {
            "name": "yunet", "asked": "auto", "weights_sha256": "ef" * 32, "fallback": False, "why": "as asked",
        },
        "sampling": {"every": 0, "fps": 2.0}, "abstain_below": 0.4, "warnings": [],
        "abstain": {"below": 0.4, "unreadable": 0.5, "covered": 0.5, "not_a_face": 0.5, "quality": 0.6},
        "prior": {"name": "everyday", "shares": dict(EVERYDAY), "interval": None},
        "totals": {
            "files": len(files), "by_status": by_status(files), "frames_sampled": len(frames),
            "frames_by_status": by_status(frames), "faces": len(faces), "bytes": 1000 * len(files),
            "tracks": len(tracks), "abstained": sum(row["abstained"] for row in faces),
            "abstained_because": dict(Counter(row["abstained_because"] for row in faces if row["abstained"])),
            "emotions": dict(Counter(row["emotion"] for row in faces if not row["abstained"])),
        },
        "versions": {"fermata": "0.1.0", "python": "3.11.2", "opencv": "4.14.0"},
        "params": {"score": {"fps": 2.0, "abstain_below": 0.4}},
    }  # fmt: skip


def realistic() -> list[Media]:
    """Pictures, three videos, an archive with members, failures of each kind and a duplicate."""
    rng = np.random.default_rng(7)

    def some(count: int) -> tuple[str, ...]:
        names = rng.choice(EMOTIONS, count, p=[0.08, 0.03, 0.07, 0.36, 0.28, 0.1, 0.08])
        return tuple(str(name).upper() if rng.random() < 0.12 else str(name) for name in names)

    found = [
        Media(f"party/IMG_{i:04}.jpg", "scored", (some(1 + int(rng.integers(4))),), seconds=0.08) for i in range(40)
    ]
    found += [Media(f"garden/IMG_{i:04}.jpg", "no_face", ((),), seconds=0.03) for i in range(9)]
    for name, length in (("interview.mp4", 90), ("street.mkv", 33), ("clips/short.mp4", 4)):
        frames = tuple(some(int(rng.integers(4))) for _ in range(length))
        found.append(Media(name, "scored", (*frames, None), "video", error="1 of 91 packets damaged", seconds=4.2))
    found += [
        Media("box.zip", "scored", (), "archive"),
        Media("box.zip", "scored", (some(2),), member="inner/group.png"),
        Media("box.zip", "decode_error", (), member="inner/broken.png", error="not a PNG: bad header"),
        Media("broken.jpg", "decode_error", (), error="JPEG ends after 312 of 8,000 bytes"),
        Media("empty.jpg", "decode_error", (), error="JPEG ends after 312 of 8,000 bytes"),
        Media("notes.txt", "unsupported", (), "other", error="text is not an image, a video or an archive"),
        Media("wall.tif", "too_large", (), error="400,000,000 pixels are over the limit of 200,000,000"),
        Media("bomb.zip", "refused", (), "archive", error="unpacks to 4,000 times its size"),
        Media("endless.mkv", "timeout", (), "video", error="no frame within 3,600 s"),
        Media("copy.jpg", "duplicate", (), duplicate_of="party/IMG_0000.jpg"),
    ]
    return found


def _frames(item: Media) -> list[dict[str, Any]]:
    return [
        {
            "source": item.source, "member": item.member, "frame": i * 15,
            "pts_ms": i * 500.0 if item.media == "video" else None,
            "status": "decode_error" if faces is None else "scored" if faces else "no_face",
            "faces": len(faces or ()), "error": "packet is damaged" if faces is None else None,
        }
        for i, faces in enumerate(item.frames)
    ]  # fmt: skip


def _faces(item: Media) -> list[dict[str, Any]]:
    rows = []
    for i, faces in enumerate(item.frames):
        for face, name in enumerate(faces or ()):
            word, _, because = name.partition("/")
            emotion, without = word.lower(), word.isupper()
            rows.append(
                {
                    "source": item.source, "member": item.member, "source_sha256": "0" * 64,
                    "media_type": item.media, "frame": i * 15, "pts_ms": i * 500.0 if item.media == "video" else None,
                    "face": face, "x": 1.0, "y": 1.0, "w": 40.0, "h": 40.0, "det_score": 0.9, "size": item.size,
                    "blur": 9.0, "landmarks": [0.0] * 10, "sharpness": 1.0, "quality": item.quality,
                    "brightness": 120.0, "emotion": emotion, "confidence": 0.3 if without else 0.5 + 0.07 * face,
                    "abstained": without, "abstained_because": (because or "unsure") if without else None,
                    **{f"p_{e}": float(e == emotion) for e in EMOTIONS},
                    "track": face if item.media == "video" else None,
                    "emotion_smoothed": emotion if item.media == "video" else None,
                    "unit": "u-1", "model_version": "4", "run_id": "run-1",
                }
            )  # fmt: skip
    return rows


def older(folder: Path) -> Path:
    """Make of a scored folder what version 2 wrote: nothing says why a face has no label, nor under which prior."""
    path = folder / "faces" / "part-00000.parquet"
    new = ["sharpness", "quality", "abstained_because", *(f"p_{reject}" for reject in REJECTS)]
    pq.write_table(pq.read_table(path).drop_columns(new), path)
    if (folder / "thumbs.parquet").is_file():
        thumbs = pq.read_table(folder / "thumbs.parquet").drop_columns(["abstained_because"])
        pq.write_table(thumbs, folder / "thumbs.parquet")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    for name in ("truth", "prior", "rejects", "quality"):
        del run["model"][name]
    del run["prior"], run["abstain"], run["totals"]["abstained_because"]
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder
