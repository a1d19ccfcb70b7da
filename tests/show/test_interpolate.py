"""Boxes between samples."""

import pytest
from made_faces import faces

from tasks.show.interpolate import Along

SEEN = faces(
    [
        (0, 100.0, (0, 0, 40, 40), "happy"),
        (0, 200.0, (10, 20, 60, 40), "sad"),
        (4, 200.0, (5, 5, 5, 5), "fear"),
    ]
)


@pytest.mark.parametrize(
    ("ms", "row", "box"),
    [
        (100.0, 0, (0, 0, 40, 40)),
        (150.0, 0, (5, 10, 50, 40)),
        (175.0, 0, (7.5, 15, 55, 40)),
        (249.0, 1, (10, 20, 60, 40)),
    ],
)
def test_a_box_moves_evenly_and_stands_behind_the_last_sample(
    ms: float, row: int, box: tuple[float, float, float, float]
) -> None:
    found, where = Along(SEEN).at(ms, 0, 50)[0]
    assert found == row
    assert where == pytest.approx(box)


def test_tracks_are_seen_only_in_their_time() -> None:
    along = Along(SEEN)
    assert along.tracks == [0, 4]
    assert along.at(99.0, 0, 50) == []
    assert along.at(250.0, 0, 50) == []
    assert [row for row, _ in along.at(200.0, 0, 50)] == [1, 2]
    assert [row for row, _ in along.at(60.0, 50, 50)] == [0]
    assert Along(faces([])).at(0.0, 1, 1) == []
