"""Do the tables of a run add up? A run whose rows don't is not finished but broken."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from tasks.errors import ReconcileError
from tasks.schema import ABSTENTIONS, EMOTIONS, FILE_STATUSES, FRAME_STATUSES

_BATCH = 100_000


def reconcile(out: Path, inputs: int) -> dict[str, Any]:
    """Count the rows below ``out`` and hold them against each other and against the ``inputs`` of the plan.

    Returns:
        files, by_status, frames_sampled, frames_by_status, faces, tracks, emotions (faces of each that weren't left
        open), abstained (faces), abstained_because (faces by reason), bytes.

    Raises:
        ReconcileError: naming each sum that does not hold.
    """
    columns = ["status", "bytes", "frames_sampled", "frames_failed", "faces", "tracks"]
    files = ds.dataset(out / "files").to_table(columns=columns)
    statuses = Counter(files["status"].to_pylist())
    frames: Counter[str] = Counter()
    faces_in_frames = 0
    for batch in ds.dataset(out / "frames").to_batches(columns=["status", "faces"], batch_size=_BATCH):
        frames.update(batch["status"].to_pylist())
        faces_in_frames += pc.sum(batch["faces"]).as_py() or 0
    faces = tracked = 0
    seen: Counter[str] = Counter()
    because: Counter[str] = Counter()
    for batch in ds.dataset(out / "faces").to_batches(
        columns=["emotion", "abstained", "abstained_because", "track"], batch_size=_BATCH
    ):
        faces, tracked = faces + len(batch), tracked + len(batch) - batch["track"].null_count
        for pair in pc.value_counts(batch["emotion"].filter(pc.invert(batch["abstained"]))).to_pylist():
            seen[pair["values"]] += pair["counts"]
        because.update(one for one in batch["abstained_because"].to_pylist() if one is not None)
    tracks = ds.dataset(out / "tracks").to_table(columns=["faces"])
    sums = {
        "files: rows and inputs": (len(files), inputs),
        "files: rows and sum over statuses": (len(files), sum(statuses[s] for s in FILE_STATUSES)),
        "frames: rows and files.frames_sampled": (frames.total(), _sum(files, "frames_sampled")),
        "frames: rows and sum over statuses": (frames.total(), sum(frames[s] for s in FRAME_STATUSES)),
        "frames: decode_error and files.frames_failed": (frames["decode_error"], _sum(files, "frames_failed")),
        "faces: abstained and abstained_because": (faces - seen.total(), because.total()),
        "faces: rows and files.faces": (faces, _sum(files, "faces")),
        "faces: rows and frames.faces": (faces, faces_in_frames),
        "faces: in a track and tracks.faces": (tracked, _sum(tracks, "faces")),
        "tracks: rows and files.tracks": (len(tracks), _sum(files, "tracks")),
    }
    if (out / "crops").is_dir():
        sums["faces: rows and crops: rows"] = (faces, rows(out / "crops"))
    wrong = [f"{name}: {one:,} and {other:,}" for name, (one, other) in sums.items() if one != other]
    if wrong:
        raise ReconcileError(f"'{out}': the totals don't add up: {'; '.join(wrong)}. Please report this, with run.json")
    return {
        "files": len(files),
        "by_status": {status: statuses[status] for status in FILE_STATUSES},
        "frames_sampled": frames.total(),
        "frames_by_status": {status: frames[status] for status in FRAME_STATUSES},
        "faces": faces,
        "tracks": len(tracks),
        "emotions": {emotion: seen[emotion] for emotion in EMOTIONS},
        "abstained": faces - seen.total(),
        "abstained_because": {reason: because[reason] for reason in ABSTENTIONS},
        "bytes": _sum(files, "bytes"),
    }


def rows(folder: Path) -> int:
    """Rows of the table in ``folder``, 0 where there is none; only the files' ends are read."""
    return int(ds.dataset(folder).count_rows()) if folder.is_dir() else 0


def _sum(table: Any, column: str) -> int:
    return int(pc.sum(table[column]).as_py() or 0)
