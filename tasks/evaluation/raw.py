"""Images of a raw source: decoded, made into what the model takes, and judged, a chunk at a time on a worker.

Nothing is left out for being dark, small, a duplicate or a drawing: every labelled image that decodes counts.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.classify import loaded
from tasks.errors import MediaError
from tasks.evaluation.answers import Answers, Copies, Failure, joined
from tasks.evaluation.judge import judge
from tasks.evaluation.poses import poses
from tasks.faces.subject import subject
from tasks.images.decode import decode
from tasks.images.measure import measure
from tasks.images.normalise import grey, normalise
from tasks.params import Evaluate, Prepare
from tasks.prepare.stage import Detector, unlit
from tasks.sources import SOURCES
from tasks.sources.source import Chunk, Record, reason_of

Face = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Task:
    """What a worker needs besides the images.

    Attributes:
        folder: of the bundle.
        digest: the model's.
        evaluate: the parameters.
        prepare: with the model's `normalise`; of `clean` only the limit of pixels is heeded.
        detector: for alignment.
        split: that is judged.
        groups: columns, one for each chunk of a piece.
        poser: the detector whose landmarks say how faces are turned; none where nobody asks.
    """

    folder: Path
    digest: str
    evaluate: Evaluate
    prepare: Prepare
    detector: Detector = ("", "")
    split: str = ""
    groups: tuple[str, ...] = ()
    poser: Detector = ("", "")


class Subject(NamedTuple):
    """One face that can be judged: before its light is changed, and as the model takes it."""

    key: str
    label: int
    unlit: Face
    face: Face
    resolution: int  # pixels, shorter side of the original
    group: str


def survey(chunk: Chunk) -> Counter[str]:
    """Images of a chunk per split, without decoding any."""
    if chunk.members:
        return Counter(member.split for member in chunk.members)
    return Counter(record.split for record in SOURCES[chunk.source].read(chunk))


def answer(piece: tuple[Chunk, ...], task: Task) -> Answers:
    """Judge the images of one chunk that are of ``task.split``.

    Args:
        piece: the chunk, and for each further column of groups the same chunk planned with that column.

    Raises:
        SourceError: the data set went away or is not what the plan saw.
        UsageError: the model does not load.
    """
    main, *others = [_only(chunk, task.split) for chunk in piece]
    further = [{record.key: record.group for record in SOURCES[chunk.source].read(chunk)} for chunk in others]
    failures: list[Failure] = []
    seen: Counter[str] = Counter()
    parts: list[Answers] = []
    batch: list[Subject] = []
    for record in SOURCES[main.source].read(main):
        seen[record.split] += 1
        if record.split != task.split:
            continue
        found = examine(record, task.prepare, task.detector)
        if isinstance(found, Failure):
            failures.append(found)
            continue
        batch.append(found)
        if len(batch) == task.evaluate.batch_size:
            parts.append(_answered(batch, task, further))
            batch = []
    if batch:
        parts.append(_answered(batch, task, further))
    whole = joined(parts) if parts else _none(task)
    return replace(whole, failures=tuple(failures), seen=seen)


def pictures(asked: tuple[Chunk, frozenset[str]], task: Task) -> dict[str, Face]:
    """Key -> face as the model takes it, of those images of a chunk whose keys are ``asked`` for."""
    chunk, keys = asked
    records = (one for one in SOURCES[chunk.source].read(_only(chunk, task.split)) if one.key in keys)
    found = ((record.key, examine(record, task.prepare, task.detector)) for record in records)
    return {key: one.face for key, one in found if isinstance(one, Subject)}


def examine(record: Record, prepare: Prepare, detector: Detector) -> Subject | Failure:
    """The face of one record as the model takes it, or why there is none."""
    if record.error is not None:
        return Failure(record.key, record.label, record.reason, record.error)
    try:
        image = record.pixels if record.pixels is not None else decode(record.data or b"", prepare.clean.pixels)
        found = subject(image, prepare.normalise, prepare.detector, *detector)
    except MediaError as error:
        return Failure(record.key, record.label, reason_of(error), str(error))
    if found is None:
        return Failure(record.key, record.label, "no_face", f"{detector[0]} finds no face in the photograph")
    face = normalise(found.image, unlit(prepare.normalise))
    side = min(image.shape[:2])
    return Subject(record.key, record.label, face, normalise(face, prepare.normalise), side, record.group)


def _only(chunk: Chunk, split: str) -> Chunk:
    """``chunk`` without files of other splits, which need not be read."""
    if not chunk.members:
        return chunk
    return replace(chunk, members=tuple(member for member in chunk.members if member.split == split))


def _answered(batch: Sequence[Subject], task: Task, further: Sequence[dict[str, str]]) -> Answers:
    network = loaded(task.folder, task.digest).raw
    faces, keys = np.stack([one.face for one in batch]), [one.key for one in batch]
    labels = np.array([one.label for one in batch], np.int64)
    found = judge(network, faces, labels, keys, task.evaluate)
    measured = measure(np.stack([grey(one.unlit) for one in batch]))
    columns: Iterator[list[str]] = iter(
        [[one.group for one in batch], *([known.get(key, "") for key in keys] for known in further)]
    )
    return replace(
        found,
        measures={
            "brightness": measured.mean,
            "sharpness": measured.sharpness,
            "resolution": np.array([one.resolution for one in batch], np.float32),
            **posed(faces, task),
        },
        groups=dict(zip(task.groups, columns, strict=False)),
    )


def posed(faces: Face, task: Task) -> dict[str, npt.NDArray[np.float32]]:
    """Measures of how (n, side, side[, 3]) faces are turned, where ``task`` asks for them."""
    return poses(faces, task.prepare.detector, *task.poser) if task.poser[0] else {}


def _none(task: Task) -> Answers:
    """Answers about nothing: of a chunk without images of the split."""
    card = loaded(task.folder, task.digest).card
    raw = np.zeros((0, len(card.labels) + len(card.rejects)), np.float32)
    return Answers([], np.zeros(0, np.int64), raw, raw, Copies.none(raw), Copies.none(raw), np.zeros((0, 32), np.uint8))
