"""The rows of a group of units as they stand in the tables: the parts of a video become one."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from tasks.schema import FRAMES, TRACKS
from tasks.score import follow, label, parts, pictured
from tasks.score.reprior import Relabel
from tasks.score.rows import Row
from tasks.score.shares import each, shares

_STOPPED = ("timeout", "too_large", "refused", "unsupported")  # a part that ended so says it of the whole


def files(out: Path, group: list[str]) -> list[Row]:
    """The rows of `files` of a group: of several parts of one video a single one."""
    rows = [row for table in parts.tables(out, group, "files") for row in table.to_pylist()]
    return [merged(rows)] if len(group) > 1 else rows


def tables(out: Path, group: list[str], relabel: Relabel | None = None) -> dict[str, pa.Table]:
    """All tables of a group: faces, frames, files, tracks, thumbs; with the labels that ``relabel`` gives the faces."""
    faces, frames, thumbs = (_whole(out, group, name) for name in ("faces", "frames", "thumbs"))
    if relabel is not None and len(faces):
        faces = relabel(faces)
        thumbs = label.shown(thumbs, faces)
    rows = files(out, group)
    found = TRACKS.empty_table()
    if len(rows) == 1 and rows[0]["media_type"] == "video" and len(frames):
        stands = follow.weights(faces, frames)
        faces = follow.followed(faces, frames)
        found = follow.tracks(faces, stands)
        rows[0] |= shares(faces, stands) | {"tracks": len(found)}
        thumbs = pictured.chosen(thumbs, faces)
    elif len(faces):
        _describe(rows, faces)
    listed = pa.Table.from_pylist(rows, schema=parts.SCHEMAS["files"])
    return {
        "faces": faces, "frames": frames.select(FRAMES.names).cast(FRAMES), "files": listed, "tracks": found,
        "thumbs": thumbs,
    }  # fmt: skip


def merged(rows: list[Row]) -> Row:
    """One row of `files` for the parts of a video, in their order."""
    sums = {
        name: sum(row[name] or 0 for row in rows)
        for name in ("frames_total", "frames_sampled", "frames_failed", "faces", "seconds")
    }
    told = [row["error"] for row in rows if row["error"]]
    error = f"{told[0]} (and {len(told) - 1} more parts)" if len(told) > 1 else told[0] if told else None
    return rows[0] | sums | {"status": _status(rows), "error": error}


def _status(rows: list[Row]) -> str:
    statuses = {row["status"] for row in rows}
    # A part without a frame was not read at all; one whose frames all failed is damage, counted in its frames.
    if any(row["status"] == "decode_error" and not row["frames_sampled"] for row in rows):
        return "decode_error"
    return next(status for status in (*_STOPPED, "scored", "no_face", "decode_error") if status in statuses)


def _describe(rows: list[Row], faces: pa.Table) -> None:
    """Say of pictures what was seen in them."""
    places = {(row["source"], row["member"]): number for number, row in enumerate(rows)}
    keys = zip(faces["source"].to_pylist(), faces["member"].to_pylist(), strict=True)
    found = pa.table(each(faces, np.array([places[key] for key in keys], np.int64), len(rows)))
    for row, said in zip(rows, found.to_pylist(), strict=True):
        row.update(said)


def _whole(out: Path, group: list[str], name: str) -> pa.Table:
    found = list(parts.tables(out, group, name))
    return pa.concat_tables(found).unify_dictionaries() if found else parts.SCHEMAS[name].empty_table()
