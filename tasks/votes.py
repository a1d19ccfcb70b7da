"""Votes of several people per image, laid over a data set; what they add up to."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.ferplus import USAGES, Counts, Join, Place, Rows, Usages, content, parse_join, parse_votes
from tasks.params import Votes
from tasks.schema import CHOICES

_SPLITS: Final = tuple(USAGES.values())
_NOT_A_FACE: Final = CHOICES.index("not_a_face")


@dataclass(frozen=True, eq=False)
class Overlay:
    """The votes, row by row of fer2013.csv.

    Attributes:
        counts: (rows, len(CHOICES)) votes.
        usages: (rows,) position among training, public and private.
        join: for class folders; None where there is no such file.
        digest: hexadecimal, of the content of the files that this was read from.
        places: of the votes and of the join.
    """

    counts: Counts
    usages: Usages
    join: Join | None
    digest: str
    places: tuple[Place, Place]

    def find(self, keys: Any, splits: Any) -> Rows:
        """Look up n images.

        Args:
            keys: n strings (an Arrow array): ``row-0000005``, or a file of the class folders, which is known by its
                whole key, else (below wrapping folders) by its name alone where that is the only one of its name
                both here and in the join.
            splits: n strings, as the source has them.

        Returns:
            (n,) row, or -1 for an image without votes.

        Raises:
            SourceError: the votes are of another data set: too few rows, no file known, another split.
        """
        keys, splits = _flat(keys), _flat(splits)
        rows = self._numbered(keys)
        named = np.flatnonzero(rows == -1)
        if named.size:
            rows[named] = self._named(keys.take(pa.array(named)))
        if rows.size and rows.max() < 0:
            raise self.places[1].error(f"knows none of {rows.size:,} images, such as {keys[0].as_py()!r}")
        known = pc.index_in(splits, pa.array(_SPLITS)).fill_null(-1).to_numpy()
        wrong = np.flatnonzero((rows >= 0) & (known >= 0) & (self.usages[rows] != known))
        if wrong.size:
            key, row, split = keys[wrong[0]].as_py(), rows[wrong[0]], splits[wrong[0]].as_py()
            usage = _SPLITS[self.usages[row]]
            raise self.places[0].error(f"has row {row} in {usage}, {key!r} is in {split}: votes of another file")
        return rows

    def _numbered(self, keys: Any) -> Rows:
        """Rows of the keys that tell theirs, -1 for the others."""
        told = pc.match_substring_regex(keys, r"\Arow-[0-9]{1,15}\z")
        numbers = pc.utf8_slice_codeunits(pc.if_else(told, keys, "row--1"), 4).cast(pa.int64()).to_numpy()
        if numbers.size and numbers.max() >= len(self.counts):
            raise self.places[0].error(
                f"has {len(self.counts):,} rows, the data set has a row {numbers.max()}: is the file cut off?"
            )
        return np.array(numbers)

    def _named(self, keys: Any) -> Rows:
        if self.join is None:
            raise self.places[1].missing(f", and the key {keys[0].as_py()!r} does not tell its row of fer2013.csv")
        rows = _looked_up(keys, self.join.files, self.join.file_rows)
        if rows.min() >= 0:
            return rows
        names = pc.replace_substring_regex(keys, r"(?s)\A.*/", "").dictionary_encode()
        codes = names.indices.to_numpy()
        known = _looked_up(names.dictionary, self.join.names, self.join.name_rows)
        return np.where((rows < 0) & (np.bincount(codes)[codes] == 1), known[codes], rows)


def load(votes: Votes) -> Overlay | None:
    """Read the votes from files, folders or fsspec URLs, gzipped or not; None where none are wanted.

    Raises:
        SourceError: no votes there, or a file that is not what it should be.
    """
    if votes.kind == "none":
        return None
    remedy = "Put FER+'s fer2013new.csv there (README) or set data.votes.kind: none"
    place = Place("data.votes.path", votes.path, "fer2013new.csv", remedy)
    joining = Place("data.votes.join", votes.join, "join.csv", "Put a CSV of row, usage and file there (README)")
    data = content(place)
    # The default is no join, but a file that DVC finds in every clone.
    join = None if votes.join == Votes().join else content(joining)
    if data is None:
        raise place.missing()
    counts, usages = parse_votes(data, place)
    digest = hashlib.sha256(data + b"\0" + (join or b"")).hexdigest()
    joined = None if join is None else parse_join(join, joining, usages)
    return Overlay(counts, usages, joined, digest, (place, joining))


def majority(counts: Counts) -> npt.NDArray[np.int8]:
    """(n,) position in CHOICES of what most of (n, len(CHOICES)) votes are for; -1 for a tie or no votes."""
    most = counts.max(axis=1)
    alone = np.count_nonzero(counts == most[:, None], axis=1) == 1
    return np.where(alone, counts.argmax(axis=1), -1).astype(np.int8)


def entropy(counts: Counts) -> npt.NDArray[np.float32]:
    """(n,) bits of disagreement in (n, len(CHOICES)) votes: 0 for unanimous ones and for none."""
    shares = counts / np.maximum(counts.sum(axis=1), 1)[:, None]
    bits = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    total: npt.NDArray[np.float64] = 0 - (shares * bits).sum(axis=1)
    return total.astype(np.float32)


def not_a_face(counts: Counts, share: float) -> npt.NDArray[np.bool_]:
    """(n,) whether ``share`` (0..1) or more of (n, len(CHOICES)) votes say so; never without votes."""
    total = counts.sum(axis=1)
    # Divided, not multiplied: 7 / 10 is the same float as 0.7.
    return np.asarray((counts[:, _NOT_A_FACE] / np.maximum(total, 1) >= share) & (total > 0))


def _looked_up(keys: Any, known: Any, rows: Rows) -> Rows:
    at: Rows = pc.index_in(keys, known).fill_null(-1).to_numpy()
    return np.append(rows, -1)[at]


def _flat(strings: Any) -> Any:
    return (strings.combine_chunks() if isinstance(strings, pa.ChunkedArray) else strings).cast(pa.string())
