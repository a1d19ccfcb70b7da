"""The embedded default data set: drawn faces, so that everything runs without a download.

A few imperfections are put in on purpose, so that cleaning has something to do and its outcome can be checked:
of every 200 faces one is blank, one is not an image at all (a saved error page, what scrapers bring home), and
one is an exact copy of the face of the same emotion before it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tasks.params import Data
from tasks.schema import EMOTIONS, IMAGE_SIZE
from tasks.sources.identity import Identity
from tasks.sources.source import Chunk, Plan, Record

PERIOD: Final = 200
BLANK, UNDECODABLE, COPY = 57, 113, 171  # places in each period
JUNK: Final = b"<!doctype html><title>404 Not Found</title>"


def plan(data: Data, rows: int) -> Plan:
    """Chunks of numbers; emotions alternate, so that each chunk holds all of them."""
    identity = Identity()
    identity.add(data.seed, data.synthetic.per_class, data.synthetic.identities)
    total = len(EMOTIONS) * data.synthetic.per_class
    return Plan(
        tuple(
            Chunk(index, data.source, "", start, min(rows, total - start), data)
            for index, start in enumerate(range(0, total, rows))
        ),
        fingerprint=identity.hexdigest(),
    )


def read(chunk: Chunk) -> Iterator[Record]:
    """Draw the chunk's faces."""
    for number in range(chunk.start, chunk.start + chunk.rows):
        yield _record(number, chunk.data)


def split(identity: int, identities: int) -> str:
    """Every fifth identity is ``public``, the others are ``training``: no identity is in both."""
    return "public" if identity % 5 == min(4, identities - 1) else "training"


def _record(number: int, data: Data) -> Record:
    from tasks.synthetic import crops

    place = number % PERIOD
    drawn = number - len(EMOTIONS) if place == COPY else number
    index, label = divmod(drawn, len(EMOTIONS))
    # With fewer faces than identities, the first ones are used, so that both splits get faces.
    identities = min(data.synthetic.identities, data.synthetic.per_class)
    identity = index % identities
    key, part = f"face-{number:07d}", split(identity, identities)
    if place == UNDECODABLE:
        return Record(key, part, label, data=JUNK)
    if place == BLANK:
        return Record(key, part, label, pixels=np.full((IMAGE_SIZE, IMAGE_SIZE), 128, np.uint8))
    return Record(key, part, label, pixels=crops.crop(data.seed, identity, EMOTIONS[label], index))
