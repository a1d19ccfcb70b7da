"""A prepared split in memory, as arrays that any framework trains on."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from tasks import manifest
from tasks.errors import SourceError
from tasks.schema import IMAGE_SIZE, SHARD_VERSION


@dataclass(frozen=True, eq=False)
class Split:
    """All faces of one split, in the order of the shards.

    Attributes:
        name: of the split.
        images: (n, 48, 48) grey levels.
        labels: (n,) indices into ``schema.EMOTIONS``.
        keys: n names, as the source has them.
        digest: of the images and labels; the manifest's ``split_digests``.
    """

    name: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    keys: list[str]
    digest: str


def load(folder: Path, split: str) -> Split:
    """Read one split of the prepared data set in ``folder``.

    Raises:
        SourceError: no data set there, no such split, another version, a missing or damaged shard.
    """
    prepared = manifest.read(folder)
    shards = [shard for shard in prepared["shards"] if shard["split"] == split]
    if not shards:
        raise SourceError(f"{folder}: no split {split!r}. There are: {', '.join(sorted(prepared['counts'])) or 'none'}")
    starts = np.cumsum([0, *(shard["rows"] for shard in shards)])
    images = np.empty((int(starts[-1]), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    labels = np.empty(len(images), np.int64)

    def fill(shard: dict[str, Any], start: int) -> list[str]:
        here = slice(start, start + shard["rows"])
        return _fill(folder / shard["file"], images[here], labels[here])

    # OpenCV and Arrow let go of the interpreter's lock while they work.
    with ThreadPoolExecutor() as pool:
        keys = [key for part in pool.map(fill, shards, starts.tolist()) for key in part]
    return Split(split, images, labels, keys, prepared["split_digests"][split])


def _fill(path: Path, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> list[str]:
    """Decode one shard into ``images`` and ``labels``; return its keys."""
    try:
        table = pq.read_table(path, columns=["key", "label", "image"], partitioning=None)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise SourceError(f"{path}: missing or damaged ({error}). {manifest.RUN}") from None
    version = (table.schema.metadata or {}).get(b"fermata.version", b"").decode()
    if version != SHARD_VERSION:
        raise SourceError(f"{path}: schema version {version!r}, this Fermata reads {SHARD_VERSION!r}. {manifest.RUN}")
    if table.num_rows != len(labels):
        raise SourceError(f"{path}: {table.num_rows} rows, the manifest says {len(labels)}. {manifest.RUN}")
    labels[:] = table["label"].to_numpy()
    encoded = pa.chunked_array([chunk.field("bytes") for chunk in table["image"].chunks], pa.binary())
    for number, data in enumerate(encoded):
        face = cv2.imdecode(np.frombuffer(data.as_buffer(), np.uint8), cv2.IMREAD_GRAYSCALE)
        if face is None or face.shape != (IMAGE_SIZE, IMAGE_SIZE):
            raise SourceError(f"{path}: image {number} is damaged. {manifest.RUN}")
        images[number] = face
    return [str(key) for key in table["key"].to_pylist()]
