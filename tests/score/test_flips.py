import numpy as np
import pyarrow as pa
from made_job import face_row

from tasks.schema import FACES
from tasks.score import flips


def _faces(*said: str) -> pa.Table:
    rows = [
        face_row("a", emotion="sad" if word == "abstained" else word, abstained=word == "abstained") for word in said
    ]
    return pa.Table.from_pylist(rows, schema=FACES)


def test_faces_are_counted_from_one_label_to_the_other() -> None:
    before, after = _faces("happy", "happy", "abstained", "sad"), _faces("happy", "sad", "sad", "sad")
    found = flips.told(flips.counts(before, after))
    assert (found["faces"], found["flipped"], found["share"]) == (4, 2, 0.5)
    assert (found["table"]["happy"]["sad"], found["table"]["abstained"]["sad"], found["table"]["sad"]["sad"]) == (
        1,
        1,
        1,
    )
    assert flips.line(found) == "50.0 % flipped: 1 happy -> sad, 1 abstained -> sad"


def test_two_faces_left_open_are_no_flip_whatever_came_first() -> None:
    one = _faces("abstained")
    other = one.set_column(FACES.get_field_index("emotion"), FACES.field("emotion"), pa.array(["fear"]))
    assert flips.told(flips.counts(one, other))["flipped"] == 0


def test_no_faces_flip_nothing() -> None:
    found = flips.told(flips.counts(_faces(), _faces()))
    assert (found["share"], flips.line(found)) == (0.0, "0.0 % flipped")


def test_the_line_names_the_most_frequent_flips() -> None:
    table = np.zeros((8, 8), np.int64)
    table[0, 1], table[1, 2], table[2, 3], table[3, 4], table[5, 5] = 1, 2000, 3, 4, 10
    assert flips.line(flips.told(table)) == (
        "99.5 % flipped: 2,000 disgust -> fear, 4 happy -> neutral, 3 fear -> happy"
    )
