"""Crops that a run kept, and what a model says of them: the media are not needed again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import bundle
from tasks.classify import Classifier, loaded
from tasks.errors import OutputError, UsageError
from tasks.params import Normalise
from tasks.prior import Shares
from tasks.quality import Features

NAME: Final = "crops"
LEAST: Final = 64  # faces of a piece, where the file has so many
BATCH: Final = 1024  # faces in memory
_AGAIN: Final = "Score the media again with this model, and with --keep-crops"


@dataclass(frozen=True)
class Piece:
    """Some row groups of one file of crops: what a worker takes at once."""

    number: int  # in the order of the rows
    path: str
    groups: tuple[int, ...]
    rows: int


def check(out: Path, run: dict[str, Any], card: bundle.Card) -> None:
    """Make sure that the run in ``out`` kept crops such as the model of ``card`` takes.

    Raises:
        UsageError: it kept none, or others, naming each difference.
    """
    if run.get("crops") is None or not (out / NAME).is_dir():
        raise UsageError(
            f"no crops in '{out}'. Score the media with --keep-crops; of a version, rescore the folder that it is in"
        )
    if apart := bundle.apart(card.spec, Normalise.model_validate(run["crops"])):
        raise UsageError(
            f"rescore: the crops in '{out}' were normalised otherwise than the model takes faces ({apart}). {_AGAIN}"
        )


def pieces(folder: Path) -> list[Piece]:
    """All of the crops below ``folder``, in their order.

    Raises:
        OutputError: a file that can't be read.
    """
    found: list[Piece] = []
    for path in sorted(folder.glob("*.parquet")):
        try:
            with pq.ParquetFile(path) as file:
                sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"'{path}' cannot be read ({error}). {_AGAIN}") from None
        for groups in _joined(sizes):
            found.append(Piece(len(found), str(path.resolve()), groups, sum(sizes[number] for number in groups)))
    return found


def _joined(sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Numbers of consecutive groups with at least LEAST rows together; what is left over goes to the last ones."""
    made: list[tuple[int, ...]] = []
    rows = 0
    pending: tuple[int, ...] = ()
    for number, size in enumerate(sizes):
        rows, pending = rows + size, (*pending, number)
        if rows >= LEAST:
            made.append(pending)
            rows, pending = 0, ()
    if rows and made:
        made[-1] += pending
    elif rows:
        made.append(pending)
    yield from made


def predict(piece: Piece, model: str, digest: str, engine: str) -> npt.NDArray[np.float32]:
    """Raw answers (n, 7 + r) about the crops of ``piece``, in their order.

    Args:
        model: folder of the bundle.
        digest: of the model.
        engine: as Classifier's.

    Raises:
        OutputError: a crop that does not decode, or is of another size.
    """
    classifier = loaded(Path(model), digest, engine)
    with pq.ParquetFile(piece.path) as file:
        batches = file.iter_batches(BATCH, row_groups=list(piece.groups), columns=["image.bytes"])
        spec = classifier.card.spec
        found = [classifier.raw(decoded(batch["image"].field("bytes"), spec, piece.path)) for batch in batches]
    return np.concatenate(found)


def said(
    pictures: pa.Array, classifier: Classifier, name: str, shares: Shares | None, features: Features
) -> npt.NDArray[np.float32]:
    """Answers (n, 7 + r) about PNGs in a binary column, as `Classifier.predict` gives them.

    Args:
        name: stands in the error.

    Raises:
        OutputError: as `decoded`.
    """
    return classifier.predict(decoded(pictures, classifier.card.spec, name), shares, features)


def decoded(pictures: pa.Array, wanted: Normalise, name: str) -> npt.NDArray[np.uint8]:
    """The pixels (n, size, size[, 3]) of PNGs in a binary column; BGR where ``wanted`` has colour.

    Raises:
        OutputError: one that does not decode, or is of another size.
    """
    shape = (wanted.size, wanted.size, 3) if wanted.colour else (wanted.size, wanted.size)
    faces = np.empty((len(pictures), *shape), np.uint8)
    _, offsets, data = pictures.buffers()
    stops = np.frombuffer(offsets, np.int32)[pictures.offset : pictures.offset + len(pictures) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    for number, (start, stop) in enumerate(zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True)):
        face = cv2.imdecode(held[start:stop], cv2.IMREAD_UNCHANGED) if stop > start else None
        if face is None or face.shape != shape:
            raise OutputError(f"'{name}': a crop is no picture of {'x'.join(map(str, shape))}. {_AGAIN}")
        faces[number] = face
    return faces
