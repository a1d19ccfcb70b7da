"""A small run of made-up media, with whatever a network may have said of their faces."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from made_job import entry, face_row, frame_row

from tasks.media.entry import Entry
from tasks.score import compact, label, parts, plan
from tasks.score.abstain import Rule
from tasks.score.rows import Row
from tasks.score.unit import file_row
from tasks.score.units import Arrangement

BELOW = 0.4
# Faces of a picture, or of each frame of a video: its parts, each with its frames; None is one that did not decode.
Picture = int
Video = list[list[int | None]]


def probabilities(count: int, seed: int) -> npt.NDArray[np.float32]:
    """(count, 7), rows summing to 1, some of them unsure."""
    drawn = np.random.default_rng(seed).dirichlet(np.full(7, 0.4), count)
    return drawn.astype(np.float32).reshape(count, 7)


def crop(number: int, size: int = 48) -> npt.NDArray[np.uint8]:
    """The grey face number ``number``."""
    return np.random.default_rng(number).integers(0, 256, (size, size), np.uint8)


def write_run(
    out: Path, media: list[Picture | Video], said: npt.NDArray[np.float32], name: str = "emotion v1", run_id: str = "a"
) -> list[Entry]:
    """Write the tables of a run of ``media``, whose faces, in their order, are labelled as ``said``."""
    counted = 0
    groups: list[list[str]] = []
    entries: list[Entry] = []
    for number, medium in enumerate(media):
        video = isinstance(medium, list)
        one = entry(f"media/{number}.mp4" if video else f"media/{number}.png", media_type="video" if video else "image")
        entries.append(one)
        groups.append([])
        shots: Video = medium if isinstance(medium, list) else [[medium]]
        for part, frames in enumerate(shots):
            unit = f"u{number:03}-{part}"
            made = _unit(one, unit, part, frames, counted, run_id, name)
            counted += len(made["faces"])
            for row, p in zip(made["faces"], said[counted - len(made["faces"]) : counted], strict=True):
                row |= {key: column[0].as_py() for key, column in label.columns(p[None], Rule(BELOW)).items()}
            for thumb in made["thumbs"]:
                row = next(
                    row for row in made["faces"] if (row["frame"], row["face"]) == (thumb["frame"], thumb["face"])
                )
                thumb |= {key: row[key] for key in ("emotion", "confidence", "abstained_because")}
            parts.write(out, unit, made)
            groups[-1].append(unit)
    listed = [
        entry("media/box.zip", media_type="archive"),
        entry("media/t.txt", media_type="other", status="unsupported"),
    ]
    copies = [(entry("other/copy.png", entries[0].sha256), entries[0].source)] if entries else []
    rows = plan.listed_rows(Arrangement([], [], listed, copies), [])
    parts.write(out, "listed", {"files": rows})
    compact.compact(out, [["listed"], *groups], keep_crops=True)
    return [*listed, *(one for one, _ in copies), *entries]


def _unit(
    one: Entry, unit: str, part: int, frames: list[int | None], start: int, run_id: str, name: str
) -> dict[str, list[Row]]:
    own: dict[str, Any] = {"source": one.source, "member": one.member}
    made: dict[str, list[Row]] = {"faces": [], "frames": [], "files": [], "crops": [], "thumbs": []}
    video = one.media_type == "video"
    for at, count in enumerate(frames):
        number = 1000 * part + 10 * at if video else 0
        pts = 100.0 * number if video else None
        look = {"cut": at == 3 if video else None, "look": None}
        status = "decode_error" if count is None else ""
        made["frames"].append(frame_row(one.source, count or 0, status, frame=number, pts_ms=pts) | look)
        for face in range(count or 0):
            row = face_row(one.source, number, face, pts_ms=pts, media_type=one.media_type, unit=unit)
            row |= {"x": 100.0 * face + at, "source_sha256": one.sha256, "run_id": run_id, "model_version": name}
            picture = cv2.imencode(".png", crop(start + len(made["faces"])))[1].tobytes()
            made["faces"].append(row)
            made["crops"].append(
                {key: row[key] for key in ("source", "member", "source_sha256", "frame", "face", "unit")}
                | {"image": {"bytes": picture, "path": f"{number}-{face}.png"}}
            )
    for row in made["faces"][:2]:
        made["thumbs"].append(own | {key: row[key] for key in ("frame", "pts_ms", "face")} | {"jpeg": b"x"})
    failed = sum(count is None for count in frames)
    status = "scored" if made["faces"] else "decode_error" if failed == len(frames) else "no_face"
    made["files"].append(
        file_row(one, status, frames_sampled=len(frames), frames_failed=failed, faces=len(made["faces"]))
    )
    return made
