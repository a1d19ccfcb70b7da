"""Which images a network was trained on: eight bytes of each one's hash, in the bundle, to be asked for later.

The hash is that of the normalised pixels, so that it says something about data that was normalised alike, which is all
that the network takes anyway. It tells whether an image one has was among them, and nothing about one that one hasn't.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks import bundle, files, manifest
from tasks.errors import SourceError, UsageError
from tasks.params import Train

NAME: Final = "trained_on.npy"
Prefixes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Seen:
    """Sorted hashes of the images, and the networks that it learnt from whose own images aren't known."""

    hashes: Prefixes
    unknown: tuple[str, ...] = ()


def of(data: Path, params: Train, more: Iterable[str] = ()) -> Seen:
    """What a training on the prepared folder ``data`` sees: its splits, whatever part of them it takes.

    Validation images count: the best epoch and the temperature are chosen on them. So do those of the networks whose
    weights or answers it begins with.

    Args:
        more: further bundles that weights are taken from, beside ``params.start`` and the teachers.

    Raises:
        SourceError: a shard is missing or damaged.
    """
    parts = [_prefixes(data / one["file"]) for one in manifest.read(data)["shards"] if one["split"] in _used(params)]
    unknown: list[str] = []
    for name in [params.start, *params.distil.teachers, *more]:
        if not name:
            continue
        found = _of_bundle(name)
        parts += [found.hashes] if found else []
        unknown += found.unknown if found else [name]
    return Seen(np.unique(np.concatenate([np.empty(0, np.uint64), *parts])), tuple(dict.fromkeys(unknown)))


def write(folder: Path, seen: Seen) -> str:
    """Write the bundle's file; the SHA-256 that its card names it by."""
    with files.replacing(folder / NAME) as temporary, temporary.open("wb") as stream:
        np.save(stream, seen.hashes, allow_pickle=False)
    return files.sha256(folder / NAME)


def read(folder: Path, card: bundle.Card) -> Seen | None:
    """What a bundle says; None where it says nothing, as one that came from elsewhere.

    Raises:
        UsageError: its file is missing or not the one that the card names.
    """
    if card.trained_on is None:
        return None
    path = folder / NAME
    try:
        if files.sha256(path) != card.trained_on:
            raise ValueError("not the file that the card names")
        return Seen(np.load(path, allow_pickle=False).astype(np.uint64), tuple(card.learnt_from_unknown))
    except (OSError, ValueError) as error:
        raise UsageError(f"model: '{path}' can't be read: {error}. Copy the whole bundle") from None


def carry(source: Path, target: Path, card: bundle.Card, images: npt.NDArray[np.uint8] | None = None) -> bundle.Card:
    """Write the file of the bundle ``target``, which was made of ``source``; its ``card`` with that file's name.

    Args:
        images: faces that it was fitted to since.
    """
    seen = read(source, card)
    if seen is None:
        return card
    new = np.empty(0, np.uint64) if images is None else prefixes(hashed(images))
    return replace(card, trained_on=write(target, replace(seen, hashes=np.union1d(seen.hashes, new))))


def hashed(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(n, 32) SHA-256 of each face's pixels."""
    found = [np.frombuffer(hashlib.sha256(np.ascontiguousarray(one).data).digest(), np.uint8) for one in images]
    return np.stack(found) if found else np.empty((0, 32), np.uint8)


def prefixes(hashes: npt.NDArray[np.uint8]) -> Prefixes:
    """(n,) first eight bytes of (n, 32) hashes."""
    return np.ascontiguousarray(hashes[:, :8]).view(">u8").ravel().astype(np.uint64)


def _used(params: Train) -> set[str]:
    return {params.split, params.validation}


def _prefixes(path: Path) -> Prefixes:
    """Of the images of one shard, without warped copies: theirs are of images that are in it too."""
    try:
        table = pq.read_table(path, columns=["sha256", "augmented_from"], partitioning=None)
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise SourceError(f"{path}: missing or damaged ({error}). {manifest.RUN}") from None
    texts = table.filter(pc.is_null(table["augmented_from"]))["sha256"].to_pylist()
    return np.fromiter((int(text[:16], 16) for text in texts), np.uint64, len(texts))


def _of_bundle(name: str) -> Seen | None:
    try:
        folder = bundle.locate(name)
        return read(folder, bundle.read_card(folder))
    except UsageError:
        return None  # weights of another kind of file, or of a bundle that isn't whole: not known
