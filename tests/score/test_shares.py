import numpy as np
import pyarrow as pa
import pytest
from made_job import face_row

from tasks.schema import EMOTIONS, FACES
from tasks.score.shares import each, named, shares


def _faces(*said: tuple[str, bool]) -> pa.Table:
    return pa.Table.from_pylist(
        [face_row("a", emotion=emotion, abstained=abstained) for emotion, abstained in said], schema=FACES
    )


def test_shares_are_of_what_was_not_left_open() -> None:
    found = shares(_faces(("happy", False), ("sad", False), ("fear", True)), np.array([300.0, 100.0, 9000.0]))
    assert found["emotion"] == "happy"
    assert (found["share_happy"], found["share_sad"], found["share_fear"]) == (0.75, 0.25, 0.0)
    assert sum(found[f"share_{emotion}"] for emotion in EMOTIONS) == pytest.approx(1)


def test_nothing_seen_is_null() -> None:
    for faces in (_faces(), _faces(("sad", True))):
        assert set(shares(faces, np.ones(len(faces))).values()) == {None}
    assert set(named(np.zeros((1, 7)))) == {"emotion", *(f"share_{emotion}" for emotion in EMOTIONS)}


def test_of_equal_shares_the_first_emotion_is_named() -> None:
    assert shares(_faces(("sad", False), ("angry", False)), np.ones(2))["emotion"] == "angry"


def test_files_are_described_one_by_one() -> None:
    faces = _faces(("happy", False), ("sad", False), ("fear", True), ("happy", False), ("happy", False))
    owners = np.array([0, 0, 1, 3, 0])
    found = pa.table(each(faces, owners, 4)).to_pylist()
    expected = [shares(faces.take(pa.array(np.flatnonzero(owners == n))), np.ones(sum(owners == n))) for n in range(4)]
    assert found == expected
    assert [row["emotion"] for row in found] == ["happy", None, None, "happy"]
