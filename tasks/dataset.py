"""A prepared split in memory, as arrays that any framework trains on."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from tasks import manifest
from tasks.errors import SourceError
from tasks.params import Normalise
from tasks.schema import CHOICES, SHARD_VERSION

_COLUMNS = ("key", "label", "image", "group", "fold", "votes", "augmented_from")


@dataclass(frozen=True, eq=False)
class Split:
    """All faces of one split, in the order of the shards.

    Attributes:
        name: of the split.
        images: (n, size, size) grey levels, or (n, size, size, 3) BGR.
        labels: (n,) indices into ``schema.EMOTIONS``.
        keys: n names, as the source has them; of a warped copy, with its number.
        groups: n names; images of one group belong together.
        folds: (n,) int8, -1 where the data set has no folds.
        votes: (n, len(CHOICES)) int16, zeros where nobody voted.
        copies: (n,) whether it is a warped copy of another image.
        digest: of the images and labels; the manifest's ``split_digests``.
        normalise: what every image was made into.
    """

    name: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    keys: list[str]
    groups: list[str]
    folds: npt.NDArray[np.int8]
    votes: npt.NDArray[np.int16]
    copies: npt.NDArray[np.bool_]
    digest: str
    normalise: Normalise


class _Part(NamedTuple):
    """The places of one shard's rows in the arrays of the split."""

    path: Path
    rows: int  # of the file
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    folds: npt.NDArray[np.int8]
    votes: npt.NDArray[np.int16]
    copies: npt.NDArray[np.bool_]


def load(
    folder: Path, split: str, augmented: bool = True, memory: int | None = None, store: Path | None = None
) -> Split:
    """Read one split of the prepared data set in ``folder``.

    Args:
        augmented: with the warped copies that `prepare` added.
        memory: bytes of images to hold at most; more are kept in the file ``store`` and read from there as needed.
        store: a file to be made for that, of as many bytes as the images have.

    Raises:
        SourceError: no data set there, no such split, another version, a missing or damaged shard.
    """
    prepared = manifest.read(folder)
    shards = [shard for shard in prepared["shards"] if shard["split"] == split]
    if not shards:
        raise SourceError(f"{folder}: no split {split!r}. There are: {', '.join(sorted(prepared['counts'])) or 'none'}")
    wanted = _normalise(folder, prepared)
    paths = [folder / shard["file"] for shard in shards]
    shape = (wanted.size, wanted.size, 3) if wanted.colour else (wanted.size, wanted.size)
    # OpenCV and Arrow let go of the interpreter's lock while they work.
    with ThreadPoolExecutor() as pool:
        kept = [shard["rows"] for shard in shards] if augmented else list(pool.map(_originals, paths))
        images = _room((sum(kept), *shape), memory, store)
        labels, folds = np.empty(len(images), np.int64), np.empty(len(images), np.int8)
        votes = np.zeros((len(images), len(CHOICES)), np.int16)
        copies = np.zeros(len(images), np.bool_)
        stops = np.cumsum(kept)
        places = [slice(stop - rows, stop) for stop, rows in zip(stops, kept, strict=True)]
        parts = [
            _Part(path, shard["rows"], images[place], labels[place], folds[place], votes[place], copies[place])
            for path, shard, place in zip(paths, shards, places, strict=True)
        ]
        names = list(pool.map(_fill, parts))
    keys, groups = ([name for part in names for name in part[at]] for at in (0, 1))
    return Split(split, images, labels, keys, groups, folds, votes, copies, prepared["split_digests"][split], wanted)


def _room(shape: tuple[int, ...], memory: int | None, store: Path | None) -> npt.NDArray[np.uint8]:
    if memory is None or store is None or math.prod(shape) <= memory:
        return np.empty(shape, np.uint8)
    store.parent.mkdir(parents=True, exist_ok=True)
    return np.memmap(store, np.uint8, "w+", shape=shape)


def _normalise(folder: Path, prepared: dict[str, Any]) -> Normalise:
    try:
        return Normalise.model_validate(prepared.get("normalise"))
    except ValidationError as error:
        found = error.errors()[0]
        raise SourceError(
            f"{folder}: {manifest.NAME} doesn't say how its faces were normalised ({found['msg']}). {manifest.RUN}"
        ) from None


def _originals(path: Path) -> int:
    """How many rows are no warped copies."""
    return int(_read(path, ("augmented_from",))["augmented_from"].null_count)


def _read(path: Path, columns: Sequence[str]) -> pa.Table:
    try:
        table = pq.read_table(path, columns=list(columns), partitioning=None)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise SourceError(f"{path}: missing or damaged ({error}). {manifest.RUN}") from None
    version = (table.schema.metadata or {}).get(b"fermata.version", b"").decode()
    if version != SHARD_VERSION:
        raise SourceError(f"{path}: schema version {version!r}, this Fermata reads {SHARD_VERSION!r}. {manifest.RUN}")
    return table


def _fill(part: _Part) -> tuple[list[str], list[str]]:
    """Decode one shard into its places; return its keys and groups."""
    path, images = part.path, part.images
    table = _read(path, _COLUMNS)
    if table.num_rows != part.rows:
        raise SourceError(f"{path}: {table.num_rows} rows, the manifest says {part.rows}. {manifest.RUN}")
    if len(images) < part.rows:
        table = table.filter(pc.is_null(table["augmented_from"]))
    part.labels[:] = table["label"].to_numpy()
    part.folds[:] = pc.fill_null(table["fold"], -1).to_numpy()
    part.copies[:] = pc.is_valid(table["augmented_from"]).to_numpy()
    given = table["votes"].combine_chunks()
    counts = given.flatten().to_numpy().reshape(-1, len(CHOICES))  # an image without votes has no list
    part.votes[given.is_valid().to_numpy(zero_copy_only=False)] = counts
    encoded = pa.chunked_array([chunk.field("bytes") for chunk in table["image"].chunks], pa.binary())
    for number, data in enumerate(encoded):
        # Unchanged: a grey face must be one in the file, and colours are in the order BGR.
        face = cv2.imdecode(np.frombuffer(data.as_buffer(), np.uint8), cv2.IMREAD_UNCHANGED)
        if face is None or face.shape != images.shape[1:] or face.dtype != np.uint8:
            raise SourceError(f"{path}: image {number} is damaged. {manifest.RUN}")
        images[number] = face
    return table["key"].to_pylist(), table["group"].to_pylist()
