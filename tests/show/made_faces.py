"""Faces and results folders for tests of what is shown."""

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_job import face_row, frame_row

from tasks.media.sampling import Sampling
from tasks.media.video import read_frames
from tasks.params import Limits
from tasks.schema import EMOTIONS, FACES, FILES, FRAMES
from tasks.show.seen import Faces
from tasks.synthetic.truth import TruthFace


def faces(
    rows: Sequence[tuple[int, float, tuple[float, float, float, float], str]],
    p: float = 0.8,
    without: Collection[float] = (),
) -> Faces:
    """Rows of track, milliseconds, box and emotion, in any order; those at milliseconds ``without`` have no label."""
    ordered = sorted(rows, key=lambda row: row[:2])
    return Faces(
        "video",
        "s",
        np.array([row[0] for row in ordered], np.int64),
        np.array([row[1] for row in ordered], np.float64),
        np.array([row[2] for row in ordered], np.float32).reshape(-1, 4),
        np.array([EMOTIONS.index(row[3]) for row in ordered], np.int8),
        np.full(len(ordered), p, np.float32),
        np.array([row[1] in without for row in ordered], np.bool_),
    )


def sampled(path: Path, truth: Sequence[TruthFace], fps: float = 5.0) -> list[dict[str, Any]]:
    """Rows of `faces` that say of the sampled frames of a drawn clip what is true; tracks are identities."""
    taken = {frame.index: frame.pts_ms for frame in read_frames(str(path), Sampling(fps=fps), Limits())}
    people = list(dict.fromkeys(face.identity for face in truth))
    return [
        face_row(
            str(path), face.frame, people.index(face.identity), media_type="video", pts_ms=taken[face.frame],
            track=people.index(face.identity), x=face.x, y=face.y, w=face.w, h=face.h, emotion_smoothed=face.emotion,
            emotion=face.emotion, **{f"p_{emotion}": float(emotion == face.emotion) for emotion in EMOTIONS},
        )
        for face in truth if face.frame in taken
    ]  # fmt: skip


def results(out: Path, rows: Sequence[dict[str, Any]], sources: Sequence[str], fps: float = 5.0) -> Path:
    """A results folder whose faces are ``rows``; each medium's sha256 is that of the file, where there is one."""
    digests: dict[str, str] = {}
    for row in rows:
        path = Path(row["source"])
        if path.is_file() and row["member"] is None:
            digests.setdefault(str(path), hashlib.sha256(path.read_bytes()).hexdigest())
            row["source_sha256"] = digests[str(path)]
    frames = {
        (row["source"], row["member"], row["frame"]): frame_row(
            row["source"], 1, member=row["member"], frame=row["frame"], pts_ms=row["pts_ms"]
        )
        for row in rows
    }
    for name, schema, table in (
        ("faces", FACES, rows),
        ("frames", FRAMES, list(frames.values())),
        ("files", FILES, []),
    ):
        (out / name).mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(list(table), schema), out / name / "part-00000.parquet")
    run = {"state": "finished", "sources": list(sources), "sampling": {"every": 0, "fps": fps}, "abstain_below": 0.4}
    (out / "run.json").write_text(json.dumps(run))
    return out
