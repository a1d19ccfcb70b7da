"""Scoring in two stages, where classification runs on other workers than detection: look for faces, then label them."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.classify import KERAS_BATCH, Classifier, loaded
from tasks.media.watch import watched
from tasks.schema import EMOTIONS
from tasks.score import crops, label, parts, store
from tasks.score.job import Job, Unit
from tasks.score.parts import LOOKED
from tasks.score.predict import Tally
from tasks.score.unit import counted, gathered

FACES: Final = KERAS_BATCH  # of a batch, at least: what a GPU takes at once
UNITS: Final = 64  # of a batch at most, where faces are few

Seen = tuple[str, Tally]  # the id of a unit that was looked through, and what it came to


def look(unit: Unit, job: Job, out: str | Path) -> Tally:
    """The first stage: find the faces of ``unit`` and keep them, with their crops and without labels, below ``out``.

    Raises:
        OSError: the part can't be written.
    """
    started = time.monotonic()
    if (seen := _seen(unit, out)) is not None:
        return seen
    with watched(store.notes(out), unit.id, job.limits) as watch:
        rows = gathered(unit, job, None, watch)
        tables = {"faces": rows.faces, "frames": rows.frames, "files": rows.files, "crops": rows.crops}
        size = parts.write(out, unit.id, tables | {"thumbs": rows.thumbs()}, LOOKED)
    return counted(rows, started, size)


def _seen(unit: Unit, out: str | Path) -> Tally | None:
    """What a run that was stopped saw in ``unit``; None where it hadn't come to it."""
    try:
        tables = parts.read(out, unit.id, LOOKED)
    except FileNotFoundError:
        return None
    files, frames, faces = (len(tables[name]) for name in ("files", "frames", "faces"))
    return Tally(files, frames, faces, dict(Counter(tables["files"]["status"].to_pylist())))


def batches(looked: Iterable[tuple[Unit, Tally]]) -> Iterator[list[Seen]]:
    """Units as they come, put together until they have FACES faces, or are UNITS."""
    batch: list[Seen] = []
    for unit, tally in looked:
        batch.append((unit.id, tally))
        if len(batch) >= UNITS or sum(one.faces for _, one in batch) >= FACES:
            yield batch
            batch = []
    if batch:
        yield batch


def classify(batch: Sequence[Seen], job: Job, out: str | Path) -> list[Seen]:
    """The second stage: label the faces of units that were looked through, and finish their parts.

    A unit that is finished already is left as it is: Dask runs a batch again when a worker dies before its answer came.

    Returns:
        The units with the bytes of their parts, and their seconds in both stages.

    Raises:
        OSError: a part can't be read or written.
    """
    started = time.monotonic()
    there = parts.finished(out)
    found = {unit: parts.read(out, unit, LOOKED) for unit, _ in batch if unit not in there}
    faces = [len(tables["faces"]) for tables in found.values()]
    sizes: dict[str, int] = {}
    said = _said([(tables["faces"], tables["crops"]) for tables in found.values()], job)
    for (unit, tables), p in zip(found.items(), np.split(said, np.cumsum(faces)[:-1]) if faces else [], strict=True):
        seen = label.qualities(tables["faces"], job.detector, _classifier(job).card.quality)
        tables["faces"] = label.labelled(tables["faces"], p, job.rule, seen)
        tables["thumbs"] = label.shown(tables["thumbs"], tables["faces"])
        kept = {name: table for name, table in tables.items() if name != "crops" or job.keep_crops}
        sizes[unit] = parts.write(out, unit, kept)
    parts.discard(out, [unit for unit, _ in batch], LOOKED)
    seconds = (time.monotonic() - started) / len(batch)
    return [
        (unit, replace(tally, seconds=tally.seconds + seconds, bytes=sizes.get(unit, tally.bytes)))
        for unit, tally in batch
    ]


def _classifier(job: Job) -> Classifier:
    return loaded(Path(job.model), job.model_digest, job.engine)


def _said(tables: list[tuple[pa.Table, pa.Table]], job: Job) -> label.Probabilities:
    """What the network answers about the crops of (faces, crops), in their order."""
    pictures = pa.chunked_array(
        [chunk for _, table in tables for chunk in pc.struct_field(table["image"], "bytes").chunks], pa.binary()
    ).combine_chunks()
    if not len(pictures):
        return np.empty((0, len(EMOTIONS)), np.float32)
    classifier = _classifier(job)
    features = np.concatenate([label.features(faces, job.detector) for faces, _ in tables])
    pieces = (slice(start, start + crops.BATCH) for start in range(0, len(pictures), crops.BATCH))
    return np.concatenate(
        [
            crops.said(
                pictures[piece],
                classifier,
                LOOKED,
                None if job.shares is None else np.array(job.shares),
                features[piece],
            )
            for piece in pieces
        ]
    )
