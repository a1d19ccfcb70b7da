"""Do the totals of a scored folder add up? Each figure that is written twice is compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.report.filetable import Files
from tasks.report.frames import Frames
from tasks.report.words import named


@dataclass(frozen=True)
class Check:
    """One figure as two places have it."""

    name: str
    left: int
    right: int

    @property
    def ok(self) -> bool:
        """Whether both agree."""
        return self.left == self.right


def compare(
    totals: Mapping[str, Any],
    files: Files,
    frames: Frames,
    faces: Mapping[str, int],
    reasons: Mapping[str, int],
    tracks: int,
) -> tuple[Check, ...]:
    """Compare run.json's totals (``left``) with the tables, and the tables with each other.

    Args:
        totals: of run.json; a figure that it lacks is not compared.
        files: what the `files` table holds.
        frames: what the `frames` table holds.
        faces: rows of the `faces` table by emotion, those without a label as `abstained`.
        reasons: faces without a label by `schema.ABSTENTIONS`.
        tracks: rows of the `tracks` table.
    """
    found: list[Check] = []

    def stated(key: str, name: str, right: int) -> None:
        value = totals.get(key)
        if isinstance(value, int):
            found.append(Check(f"{name}: run.json and table", value, right))

    def by_status(key: str, name: str, right: Mapping[str, int]) -> None:
        left = totals.get(key)
        if isinstance(left, dict):
            for status in sorted({*left, *right}):
                if left.get(status, 0) or right.get(status, 0):
                    what = f"{name} {named(status)}: run.json and table"
                    found.append(Check(what, left.get(status, 0), right.get(status, 0)))

    stated("files", "files", files.total)
    by_status("by_status", "files", {row.status: row.files for row in files.statuses})
    stated("frames_sampled", "frames", frames.total)
    by_status("frames_by_status", "frames", frames.by_status)
    every, known = sum(faces.values()), {kind: count for kind, count in faces.items() if kind != "abstained"}
    stated("faces", "faces", every)
    by_status("emotions", "faces", known)
    without = every - sum(known.values())
    stated("abstained", "faces without a label", without)
    by_status("abstained_because", "faces without a label,", reasons)
    found.append(Check("faces without a label: table and sum over reasons", without, sum(reasons.values())))
    stated("tracks", "tracks", tracks)
    # A duplicate's frames and faces are those of the file it repeats.
    once = [row for row in files.statuses if row.status != "duplicate"]
    found.append(Check("frames: sum over files and table of frames", sum(row.frames for row in once), frames.total))
    found.append(Check("faces: sum over files and table of faces", sum(row.faces for row in once), every))
    found.append(Check("faces: sum over frames and table of faces", frames.faces, every))
    return tuple(found)
