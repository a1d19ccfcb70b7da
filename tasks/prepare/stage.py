"""The first pass over a chunk: decode, align, normalise, measure; everything that an image tells on its own."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import files
from tasks.errors import MediaError
from tasks.faces.subject import subject
from tasks.images.clean import flaws, wrong_size
from tasks.images.decode import decode
from tasks.images.fingerprint import fingerprint
from tasks.images.measure import measure
from tasks.images.normalise import grey, normalise
from tasks.params import Normalise, Prepare
from tasks.prepare.summary import SUMMARY, Staged
from tasks.schema import MEASURES, REASONS
from tasks.sources import SOURCES
from tasks.sources.source import Chunk, Record, reason_of

# What the second pass needs besides. `face` is the normalised face as PNG, `original` the source's bytes of an image
# that is rejected already. Others' originals are not copied: the work folder stays a fraction of the data set.
STAGED: Final = pa.schema(
    [
        *SUMMARY,
        pa.field("face", pa.binary()),
        pa.field("original", pa.binary()),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("aligned", pa.bool_(), nullable=False),
        *[pa.field(name, pa.float32()) for name in MEASURES],
    ]
)
_BATCH_ROWS = 1024
_BATCH_BYTES = 64 << 20  # of originals held in memory
_KEPT_BYTES = 4 << 20  # of a rejected original; a larger one's face is shown instead

Face = npt.NDArray[np.uint8]
Detector = tuple[str, str]  # name and file of weights


def path(work: Path, index: int) -> Path:
    """Where the chunk ``index`` is staged."""
    return work / f"chunk-{index:06d}.parquet"


def stage(chunk: Chunk, prepare: Prepare, detector: Detector, work: Path) -> Staged:
    """Stage ``chunk`` in the folder ``work`` and report its summary; what is staged already is only read.

    Args:
        detector: for alignment.

    Raises:
        SourceError: the data set went away or is not what the plan saw.
        OSError: ``work`` cannot be written.
    """
    place = path(work, chunk.index)
    if place.exists():
        try:
            return Staged(chunk.index, pq.read_table(place, columns=SUMMARY.names, partitioning=None))
        except (OSError, pa.ArrowInvalid):
            place.unlink()  # a power cut may leave a renamed file without its content
    summaries = [SUMMARY.empty_table()]
    with (
        files.replacing(place) as temporary,
        # Faces are compressed already and read once more: speed over size.
        pq.ParquetWriter(temporary, STAGED, compression="lz4", use_dictionary=["split", "reason"]) as writer,
    ):
        for records in _batched(SOURCES[chunk.source].read(chunk)):
            table = _examined(records, prepare, detector)
            writer.write_table(table)
            summaries.append(table.select(SUMMARY.names))
    return Staged(chunk.index, pa.concat_tables(summaries).combine_chunks())


def _batched(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in groups that are small in number and in bytes."""
    batch: list[Record] = []
    held = 0
    for record in records:
        batch.append(record)
        held += len(record.data or b"")
        if len(batch) == _BATCH_ROWS or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _examined(records: list[Record], prepare: Prepare, detector: Detector) -> Any:
    """A table of schema STAGED."""
    rows: dict[str, list[Any]] = {name: [None] * len(records) for name in STAGED.names}
    faces: list[Face] = []
    places: list[int] = []  # of `faces` among the records
    for at, record in enumerate(records):
        face = _face(record, prepare, detector, at, rows)
        if face is not None:
            faces.append(face)
            places.append(at)
    if faces:
        _measure(np.stack(faces), places, prepare, rows)
    for name in ("key", "split", "label", "group"):
        rows[name] = [getattr(record, name) for record in records]
    for at, record in enumerate(records):
        if rows["reason"][at] is not None and record.data is not None and len(record.data) <= _KEPT_BYTES:
            rows["original"][at] = record.data
    return pa.Table.from_pydict(rows, schema=STAGED)


def _face(record: Record, prepare: Prepare, detector: Detector, at: int, rows: dict[str, list[Any]]) -> Face | None:
    """The normalised face of ``record``, or None; what else is known of it goes into ``rows``."""
    values: dict[str, Any] = {"detail": "", "width": 0, "height": 0, "aligned": False}
    face = None
    if record.error is not None:
        values |= {"reason": record.reason, "detail": record.error}
    try:
        image = record.pixels
        if image is None and (record.error is None or record.data is not None):
            image = decode(record.data or b"", prepare.clean.pixels)
        if image is not None:
            values |= {"height": image.shape[0], "width": image.shape[1]}
            found = subject(image, prepare.normalise, prepare.detector, *detector)
            face = normalise(image if found is None else found.image, unlit(prepare.normalise))
            values["aligned"] = found is not None and found.aligned
            problem = wrong_size(image.shape[1], image.shape[0], prepare.clean)
            if record.error is None and problem:
                values |= {"reason": "wrong_size", "detail": problem}
            elif record.error is None and found is None:
                values |= {"reason": "no_face", "detail": f"{detector[0]} finds no face in the photograph"}
    except MediaError as error:
        if record.error is None:
            values |= {"reason": reason_of(error), "detail": str(error)}
    for name, value in values.items():
        rows[name][at] = value
    return face


@lru_cache
def unlit(wanted: Normalise) -> Normalise:
    """The same without a change of light: what is too dark or blurred is seen before light is evened out."""
    return wanted.model_copy(update={"lighting": "none"})


def _measure(faces: Face, places: list[int], prepare: Prepare, rows: dict[str, list[Any]]) -> None:
    """Put the measures, hashes and flaws of (n, s, s[, 3]) ``faces``, not yet lit, into ``rows``."""
    greys = faces if faces.ndim == 3 else np.stack([grey(face) for face in faces])
    measures, prints = measure(greys), fingerprint(greys)
    reasons, details = flaws(measures, prepare.clean)
    for number, at in enumerate(places):
        face = normalise(faces[number], prepare.normalise)
        rows["face"][at] = cv2.imencode(".png", face)[1].tobytes()
        rows["sha256"][at] = hashlib.sha256(face.data).digest()
        rows["print"][at] = prints[number].tobytes()
        if reasons[number] >= 0 and rows["reason"][at] is None:
            rows["reason"][at], rows["detail"][at] = REASONS[reasons[number]], details[number]
    for name, values in zip(MEASURES, measures, strict=True):
        for at, value in zip(places, values.tolist(), strict=True):
            rows[name][at] = value
