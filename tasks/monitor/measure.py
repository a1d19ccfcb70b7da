"""The profile of what a run added to its tables; read in batches, whatever their size."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tasks.media.entry import Entry
from tasks.monitor.profile import Kind, Profile
from tasks.monitor.quantities import FAILED, FINE, QUANTITIES, Counts
from tasks.schema import EMOTIONS, FACES, FILES, FRAMES, TRACKS
from tasks.score import earlier
from tasks.score.units import Arrangement

_BATCH = 100_000
_MEASURED = ("confidence", "brightness", "blur", "size")
_FACES = ["source", "member", "track", "emotion", "abstained", "abstained_because", "quality", *_MEASURED]
_TABLES = {"faces": FACES, "frames": FRAMES, "files": FILES, "tracks": TRACKS}


def standing(out: Path, arranged: Arrangement) -> pa.Array:
    """Keys of all that stood in the tables below ``out`` before this run and is not scored again.

    To be asked before its rows are put together with the earlier ones.
    """
    keys = {_key(entry) for entry in arranged.held}
    listed = [*arranged.listed, *(entry for entry, _ in arranged.duplicates)]
    if listed and (out / "files").is_dir():
        before = {
            (key, sha256)
            for batch in _batches(out / "files", ["source", "member", "source_sha256"])
            for key, sha256 in zip(earlier.keys(batch).to_pylist(), batch["source_sha256"].to_pylist(), strict=True)
        }
        keys |= {_key(entry) for entry in listed if (_key(entry), entry.sha256) in before}
    return pa.array(sorted(keys), pa.string())


def profile(out: Path, run: dict[str, Any], time: str, old: pa.Array | None = None, kind: Kind = "score") -> Profile:
    """The profile of what stands in the tables below ``out`` and not in ``old``.

    Args:
        run: its run.json.
        time: ISO 8601.
        old: as `standing` found it; None: all rows are the run's.
    """
    counts: dict[str, Counts] = {name: np.zeros(len(one.bins), np.int64) for name, one in QUANTITIES.items()}
    files = frames = faces = alone = media = 0
    for table in _added(out / "faces", _FACES, old):
        faces, alone = faces + len(table), alone + table["track"].null_count
        # Rows of version 2 don't say why: there, confidence was all that a label was withheld for.
        because = pc.if_else(table["abstained"], pc.fill_null(table["abstained_because"], "unsure"), "answered")
        reasons = _tally(because, QUANTITIES["reasons"].bins)
        counts["reasons"] += reasons
        counts["abstention"] += [reasons[0], reasons[1:].sum()]
        shown = pc.is_in(because, value_set=pa.array(["answered", "unsure"]))
        counts["classes"] += _tally(table["emotion"].filter(shown), EMOTIONS)
        counts["quality"] += QUANTITIES["quality"].count(table["quality"].drop_null().to_numpy())
        for name in _MEASURED:
            counts[name] += QUANTITIES[name].count(table[name].to_numpy())
    for table in _added(out / "frames", ["source", "member", "status"], old):
        seen, empty, failed = _tally(table["status"], ("scored", "no_face", "decode_error"))
        frames += len(table)
        counts["detection"] += [seen, empty]
        counts["frames"] += [seen + empty, failed]
    for table in _added(out / "files", ["source", "member", "media_type", "status", "frames_sampled"], old):
        own = table.filter(
            pc.and_(pc.not_equal(table["status"], "duplicate"), pc.not_equal(table["media_type"], "archive"))
        )
        files += len(own)
        media += pc.sum(pc.greater(own["frames_sampled"], 0)).as_py() or 0
        fine, *failures = np.split(_tally(own["status"], (*FINE, *FAILED)), [len(FINE)])
        counts["failures"] += np.concatenate([[fine.sum()], *failures])
    if not counts["quality"].any():
        del counts["quality"]  # no model told it
    tracks = sum(len(table) for table in _added(out / "tracks", ["source", "member"], old))
    model = run["model"]
    label = f"{model['name']} v{model['version']}" if model.get("version") else str(model["name"])
    return Profile(
        kind, run["run_id"], time, label, model["digest"], 1, files, frames, faces, alone + tracks, media,
        {name: tuple(row.tolist()) for name, row in counts.items()},
    )  # fmt: skip


def _added(place: Path, columns: list[str], old: pa.Array | None) -> Iterator[pa.Table]:
    for batch in _batches(place, columns):
        table = pa.Table.from_batches([batch])
        yield table if old is None else table.filter(pc.invert(pc.is_in(earlier.keys(table), old)))


def _batches(place: Path, columns: list[str]) -> Iterator[Any]:
    schema = _TABLES[place.name]  # columns that an older version didn't write are null
    return iter(ds.dataset(place, schema=schema).to_batches(columns=columns, batch_size=_BATCH))


def _tally(column: Any, names: Sequence[str]) -> Counts:
    found = Counter({pair["values"]: pair["counts"] for pair in pc.value_counts(column).to_pylist()})
    return np.array([found[name] for name in names], np.int64)


def _key(entry: Entry) -> str:
    return entry.source if entry.member is None else f"{entry.source}\0{entry.member}"
