from collections import Counter

import numpy as np
import pytest

from tasks.params import Data, Synthetic
from tasks.schema import EMOTIONS
from tasks.sources import synthetic
from tasks.sources.source import Record
from tasks.sources.synthetic import plan, read, split


def data(per_class: int, identities: int = 10, seed: int = 1) -> Data:
    return Data(seed=seed, synthetic=Synthetic(per_class=per_class, identities=identities))


def records(wanted: Data, rows: int) -> list[Record]:
    return [record for chunk in plan(wanted, rows).chunks for record in read(chunk)]


@pytest.fixture(scope="module")
def faces() -> list[Record]:
    return records(data(30), 1000)


def test_counts_and_keys(faces: list[Record]) -> None:
    assert [record.key for record in faces] == [f"face-{n:07d}" for n in range(210)]
    assert Counter(record.label for record in faces) == dict.fromkeys(range(len(EMOTIONS)), 30)
    assert Counter(record.split for record in faces) == {
        "training": 169,
        "public": 41,
    }  # the copy is in its original's split


def test_imperfections_are_where_the_docstring_says(faces: list[Record]) -> None:
    assert [n for n, record in enumerate(faces) if record.data == synthetic.JUNK] == [synthetic.UNDECODABLE]
    flat = [n for n, record in enumerate(faces) if record.pixels is not None and record.pixels.std() < 1]
    assert flat == [synthetic.BLANK]
    copy, original = faces[synthetic.COPY], faces[synthetic.COPY - len(EMOTIONS)]
    assert (copy.split, copy.label) == (original.split, original.label)
    assert np.array_equal(copy.pixels, original.pixels)  # type: ignore[arg-type]
    drawn = [record.pixels.tobytes() for record in faces if record.pixels is not None]
    assert len(set(drawn)) == len(drawn) - 1


def test_chunks_do_not_change_what_is_drawn(faces: list[Record]) -> None:
    chunks = plan(data(30), 64).chunks
    assert [(chunk.start, chunk.rows) for chunk in chunks] == [(0, 64), (64, 64), (128, 64), (192, 18)]
    for record, again in zip(faces[192:], read(chunks[3]), strict=True):
        assert (record.key, record.split, record.label) == (again.key, again.split, again.label)
        assert np.array_equal(record.pixels, again.pixels)  # type: ignore[arg-type]


def test_another_seed_draws_other_faces(faces: list[Record]) -> None:
    chunk = plan(data(30, seed=2), 3).chunks[0]
    for record, other in zip(faces, read(chunk), strict=False):
        assert not np.array_equal(record.pixels, other.pixels)  # type: ignore[arg-type]


@pytest.mark.parametrize("identities", [2, 3, 4, 5, 6, 24, 120, 121])
def test_both_splits_have_identities(identities: int) -> None:
    public = sum(split(identity, identities) == "public" for identity in range(identities))
    assert 1 <= public < identities
    if identities >= 20:
        assert public / identities == pytest.approx(0.2, abs=0.04)


def test_no_identity_is_in_both_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def crop(seed: int, identity: int, emotion: str, index: int) -> object:
        drawn.append(identity)
        return np.zeros((48, 48), np.uint8)

    monkeypatch.setattr("tasks.synthetic.crops.crop", crop)
    seen: dict[int, set[str]] = {}
    (chunk,) = plan(data(230, 120), 5000).chunks
    for record in read(chunk):
        if drawn:
            seen.setdefault(drawn.pop(), set()).add(record.split)
    assert len(seen) == 120
    assert all(len(splits) == 1 for splits in seen.values())


def test_the_smallest_set_has_both_splits() -> None:
    found = records(data(2, 3), 100)
    assert Counter(record.split for record in found) == {"training": 7, "public": 7}


def test_the_fingerprint_is_of_what_is_drawn() -> None:
    first = plan(data(30), 64).fingerprint
    assert plan(data(30), 100).fingerprint == first
    assert len({first, plan(data(31), 64).fingerprint, plan(data(30, seed=2), 64).fingerprint}) == 3
