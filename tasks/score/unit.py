"""Score one unit: read, decode, detect, track, classify; a file that fails becomes a row that says why."""

import gc
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.classify import Classifier, loaded
from tasks.errors import DecodeError, MediaError, StoreError
from tasks.faces import detect
from tasks.faces.face import Face
from tasks.faces.shots import Shots
from tasks.images.reduced import picture
from tasks.media import content, video
from tasks.media.entry import Entry
from tasks.media.watch import Watch, watched
from tasks.schema import EMOTIONS
from tasks.score import parts, store
from tasks.score.job import Job, Unit
from tasks.score.predict import Tally
from tasks.score.rows import Row, Rows
from tasks.score.units import name
from tasks.settle import settle

Read = Callable[[], bytes]
_TOLD = (MediaError, StoreError)  # what is wrong with a medium, or with what holds it


def score_unit(unit: Unit, job: Job, out: str | Path) -> Tally:
    """Score ``unit`` and keep its rows below ``out``.

    What of it has ended a process before is left alone, and its row says so.

    Raises:
        OSError: the part can't be written. What is wrong with a medium never raises.
        StoreError: the bucket of its media doesn't answer.
        FermataError: processes die before they read anything.
    """
    started = time.monotonic()
    with watched(store.notes(out), unit.id, job.limits) as watch:
        rows = gathered(unit, job, loaded(Path(job.model), job.model_digest, job.engine), watch)
        tables = {"faces": rows.faces, "frames": rows.frames, "files": rows.files, "thumbs": rows.thumbs()}
        size = parts.write(out, unit.id, tables | ({"crops": rows.crops} if job.keep_crops else {}))
    return counted(rows, started, size)


def gathered(unit: Unit, job: Job, classifier: Classifier | None, watch: Watch) -> Rows:
    """The rows of ``unit``; without a ``classifier`` their faces have crops and no labels."""
    rows = Rows(job, unit.id, classifier)
    detect.loaded(job.detector, job.detection, job.weights)  # what is wrong with it is no medium's fault
    settle("networks")
    if unit.entries[0].media_type == "video":
        _video(unit, job, rows, watch)
    else:
        for entry, read in _contents(unit, job, watch):
            _image(entry, read, job, rows, watch)
    watch.rest()
    rows.label()
    gc.collect()  # PyAV's containers and streams refer to each other: what decoders hold would pile up, 3 MiB per film
    return rows


def counted(rows: Rows, started: float, size: int) -> Tally:
    """What a unit came to, whose work began at ``started`` of the monotonic clock and whose part has ``size`` bytes."""
    statuses = Counter(row["status"] for row in rows.files)
    seconds = time.monotonic() - started
    return Tally(len(rows.files), len(rows.frames), len(rows.faces), dict(statuses), seconds, size)


def file_row(entry: Entry, status: str, **more: Any) -> Row:
    """A row of `files`; what isn't given is zero or null."""
    row: Row = {
        "source": entry.source,
        "member": entry.member,
        "source_sha256": entry.sha256,
        "media_type": entry.media_type,
        "bytes": entry.bytes,
        "status": status,
        "frames_total": None,
        "frames_sampled": 0,
        "frames_failed": 0,
        "faces": 0,
        "tracks": None,
        "emotion": None,
        **{f"share_{emotion}": None for emotion in EMOTIONS},
        "duplicate_of": None,
        "seconds": 0.0,
        "error": None,
    }
    return row | more


def _contents(unit: Unit, job: Job, watch: Watch) -> Iterator[tuple[Entry, Read]]:
    members = [entry for entry in unit.entries if entry.member is not None]
    for entry in unit.entries:
        if entry.member is None:
            yield entry, partial(content.read, entry, job.limits)
    for source in dict.fromkeys(entry.source for entry in members):
        held = [entry for entry in members if entry.source == source]
        try:
            watch.begin(source)
            for entry, data in content.read_many(held, job.limits):
                yield entry, partial(_given, data)
                watch.begin(source)
        except MediaError as error:  # it has ended a process
            yield from ((entry, partial(_given, error)) for entry in held)


def _given(data: bytes | MediaError) -> bytes:
    if isinstance(data, MediaError):
        raise data
    return data


def _fault(error: Exception) -> DecodeError:
    """Whatever a library raises about a medium, it is that medium's fault alone."""
    return DecodeError(" ".join(f"{type(error).__name__}: {error}".split())[:500])


def _seen(read: Read, job: Job) -> tuple[npt.NDArray[np.uint8], list[Face], int]:
    """A picture, its faces in pixels of the whole one, and by how much it is reduced."""
    try:
        seen = picture(read(), job.limits.image_pixels, job.detection.max_side)
        faces = detect.find(
            seen.image, job.detector, job.detection, job.weights, (seen.width, seen.height, seen.factor)
        )
        smallest = min((min(face.w, face.h) for face in faces), default=math.inf)
        image, reduced = seen.for_faces(smallest, job.least_side)
    except _TOLD:
        raise
    except Exception as error:
        raise _fault(error) from error
    return image, faces, reduced


def _image(entry: Entry, read: Read, job: Job, rows: Rows, watch: Watch) -> None:
    started = time.monotonic()
    try:
        watch.begin(name(entry))
        image, faces, reduced = _seen(read, job)
    except MediaError as error:
        failed = error.status == "decode_error"
        if failed:
            rows.add_failure(entry, 0, None, str(error))
        rows.files.append(
            file_row(
                entry,
                error.status,
                frames_sampled=int(failed),
                frames_failed=int(failed),
                seconds=time.monotonic() - started,
                error=str(error),
            )
        )
        return
    rows.add_frame(entry, 0, None, image, faces, reduced=reduced)
    rows.files.append(
        file_row(
            entry,
            "scored" if faces else "no_face",
            frames_total=1,
            frames_sampled=1,
            faces=len(faces),
            seconds=time.monotonic() - started,
        )
    )


def _frames(clip: video.Video, unit: Unit, job: Job) -> Iterator[tuple[video.Frame, list[Face]]]:
    """The sampled frames, with their faces."""
    try:
        for frame in clip.frames(job.picks, unit.part):
            found = [] if frame.image is None else detect.find(frame.image, job.detector, job.detection, job.weights)
            yield frame, found
    except _TOLD:
        raise
    except Exception as error:
        raise _fault(error) from error


def _opened(entry: Entry, job: Job, deadline: float) -> video.Video:
    try:
        return video.Video(content.video_input(entry, job.limits), job.limits, deadline=deadline)
    except _TOLD:
        raise
    except Exception as error:
        raise _fault(error) from error


def _video(unit: Unit, job: Job, rows: Rows, watch: Watch) -> None:
    entry, started = unit.entries[0], time.monotonic()
    shots, last, failure, total, note = Shots(), Row(), None, None, None
    try:
        watch.begin(name(entry))
        with _opened(entry, job, started + job.limits.unit_seconds) as clip:
            try:
                for frame, faces in _frames(clip, unit, job):
                    if frame.image is None:
                        rows.add_failure(entry, frame.index, frame.pts_ms, frame.error or "not decoded")
                        continue
                    clip.saw((face.x, face.y, face.w, face.h) for face in faces)
                    cut = shots.step(frame.image)
                    rows.add_frame(entry, frame.index, frame.pts_ms, frame.image, faces, cut)
                    last = rows.frames[-1]
                    if cut is None:  # the first: the part before it may end with another shot
                        last["look"] = shots.look
            finally:
                last["look"] = shots.look
                total, note = clip.total, clip.shortfall()
    except MediaError as error:
        failure = error
    failed = sum(row["status"] == "decode_error" for row in rows.frames)
    rows.files.append(
        file_row(
            entry,
            _video_status(rows, failure),
            frames_total=total,
            frames_sampled=len(rows.frames),
            frames_failed=failed,
            faces=len(rows.faces),
            seconds=time.monotonic() - started,
            error=str(failure) if failure else note,
        )
    )


def _video_status(rows: Rows, failure: MediaError | None) -> str:
    """What was labelled before a failure is kept; the status says that there was one unless it cost nothing."""
    if failure is not None:
        return failure.status
    if rows.faces:
        return "scored"
    return "no_face" if any(row["status"] == "no_face" for row in rows.frames) else "decode_error"
