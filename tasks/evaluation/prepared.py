"""Images of a prepared folder: its faces are what the model takes, and its shards hold what was measured of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks import manifest
from tasks.classify import loaded
from tasks.errors import SourceError, UsageError
from tasks.evaluation.answers import Answers
from tasks.evaluation.judge import judge, sharpnesses
from tasks.evaluation.raw import Task, posed
from tasks.schema import CHOICES

SAMPLE: Final = 2000  # training images whose accuracy is compared with the judged split's
_ANGLES: Final = ("yaw", "pitch")  # columns that a data set may bring
_SAMPLED: Final = ["key", "label", "image", "votes", "mean", "sharpness", "width", "height"]


class Piece(NamedTuple):
    """A run of faces of the split: the number of the first, (m, side, side[, 3]) images, (m,) labels, m keys."""

    start: int
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    keys: list[str]


class Sample(NamedTuple):
    """Some faces of a split, their votes (m, choices), zeros where nobody voted, and what was measured of them."""

    piece: Piece
    votes: npt.NDArray[np.int16]
    measures: dict[str, npt.NDArray[np.float32]]


class Columns(NamedTuple):
    """What the shards say of the faces of a split besides their pixels, in the order of ``dataset.load``."""

    measures: dict[str, npt.NDArray[np.float32]]
    groups: dict[str, list[str]]


def answer(piece: Piece, task: Task) -> Answers:
    """Judge one piece.

    Raises:
        UsageError: the model does not load.
    """
    network = loaded(task.folder, task.digest).raw
    found = judge(network, piece.images, piece.labels, piece.keys, task.evaluate)
    return replace(found, measures={"sharpness": sharpnesses(piece.images), **posed(piece.images, task)})


def columns(folder: Path, split: str, groups: Sequence[str]) -> Columns:
    """Measures and ``groups`` of the images of one split, without warped copies.

    Raises:
        UsageError: no such column; those that there are are listed.
        SourceError: a shard is missing or damaged.
    """
    tables = []
    for path in _shards(folder, split):
        with _opened(path) as shard:
            names = shard.schema_arrow.names
            known = sorted(set(names) - {"image", "votes", "key"})
            for group in groups:
                if group not in known:
                    raise UsageError(
                        f"evaluate.slices.groups: no column {group!r} in {folder}. There are: {', '.join(known)}. "
                        "Columns of the raw data set are read from it: --source PATH --group COLUMN"
                    )
            wanted = {"mean", "sharpness", "width", "height", "augmented_from", *groups, *_ANGLES} & set(names)
            table = shard.read(sorted(wanted))
            tables.append(table.filter(pc.is_null(table["augmented_from"])))
    table = pa.concat_tables(tables)
    return Columns(
        _measures(table),
        {group: ["" if value is None else str(value) for value in table[group].to_pylist()] for group in groups},
    )


def _measures(table: Any) -> dict[str, npt.NDArray[np.float32]]:
    sides = np.minimum(table["width"].to_numpy(), table["height"].to_numpy())
    measures = {"brightness": table["mean"].to_numpy(), "sharpness": table["sharpness"].to_numpy(), "resolution": sides}
    measures |= {name: table[name].to_numpy() for name in _ANGLES if name in table.column_names}
    return {name: values.astype(np.float32) for name, values in measures.items()}


def sample(folder: Path, split: str, count: int, seed: int) -> Sample | None:
    """Up to ``count`` images of ``split``, drawn without warped copies; None where the folder has no such split.

    Shards are read one by one, and only what was drawn is decoded.
    """
    paths = _shards(folder, split)
    flags = [_read(path, ["augmented_from"])["augmented_from"].is_null().to_numpy() for path in paths]
    rows = [np.flatnonzero(flag) for flag in flags]
    total = sum(map(len, rows))
    if not total:
        return None
    drawn = np.sort(np.random.default_rng(seed).choice(total, min(count, total), replace=False))
    images, tables = [], []
    start = 0
    for path, own in zip(paths, rows, strict=True):
        chosen = own[drawn[(drawn >= start) & (drawn < start + len(own))] - start]
        start += len(own)
        if len(chosen):
            table = _read(path, _SAMPLED).take(pa.array(chosen))
            images += [_decoded(one["bytes"], path) for one in table["image"].to_pylist()]
            tables.append(table.drop_columns(["image"]))
    table = pa.concat_tables(tables)
    votes = [row or [0] * len(CHOICES) for row in table["votes"].to_pylist()]
    piece = Piece(0, np.stack(images), table["label"].to_numpy(), table["key"].to_pylist())
    return Sample(piece, np.array(votes, np.int16), _measures(table))


def _shards(folder: Path, split: str) -> list[Path]:
    return [folder / shard["file"] for shard in manifest.read(folder)["shards"] if shard["split"] == split]


def _opened(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{path}: missing or damaged ({error}). {manifest.RUN}") from None


def _read(path: Path, names: list[str]) -> Any:
    with _opened(path) as shard:
        return shard.read(names)


def _decoded(data: bytes, path: Path) -> npt.NDArray[np.uint8]:
    face = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if face is None:
        raise SourceError(f"{path}: an image is damaged. {manifest.RUN}")
    return np.asarray(face, np.uint8)
