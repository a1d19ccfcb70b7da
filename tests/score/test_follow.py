import numpy as np
import pyarrow as pa
import pytest
from made_job import face_row, frame_row

from tasks.faces.shots import SIDE
from tasks.schema import FACES, TRACKS
from tasks.score import follow
from tasks.score.parts import SEEN
from tasks.score.rows import Row

GREEN, RED = (bytes(colour * (SIDE * SIDE)) for colour in ([0, 200, 0], [0, 0, 200]))


def _table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def _face(frame: int, x: float, emotion: str = "happy", ms: float = 500.0) -> Row:
    other = {f"p_{name}": 0.0 for name in ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")}
    return face_row("v", frame, x=x, pts_ms=ms * frame, emotion=emotion) | other | {f"p_{emotion}": 1.0}


def _frame(frame: int, faces: int, ms: float = 500.0, **changes: object) -> Row:
    return frame_row("v", faces, frame=frame, pts_ms=ms * frame, cut=False) | changes


def test_faces_are_followed_over_frames_without_any_and_over_damage() -> None:
    frames = [_frame(0, 2, cut=None, look=GREEN), _frame(1, 0), _frame(2, 0, status="decode_error"), _frame(3, 2)]
    faces = [_face(0, 10), _face(0, 200), _face(3, 205), _face(3, 12)]
    found = follow.followed(_table(faces, FACES), _table(frames, SEEN))
    assert found.schema.equals(FACES)
    assert found["track"].to_pylist() == [0, 1, 1, 0]
    assert found["emotion_smoothed"].to_pylist() == ["happy"] * 4


@pytest.mark.parametrize(("look", "expected"), [(GREEN, [0, 0]), (RED, [0, 1])])
def test_a_part_that_begins_with_another_shot_ends_the_tracks(look: bytes, expected: list[int]) -> None:
    frames = [_frame(0, 1, cut=None, look=GREEN), _frame(1, 1, cut=None, look=look)]
    found = follow.followed(_table([_face(0, 10), _face(1, 10)], FACES), _table(frames, SEEN))
    assert found["track"].to_pylist() == expected


def test_a_cut_inside_a_part_counts_whatever_its_ends_look_like() -> None:
    frames = [_frame(0, 1, cut=None, look=GREEN), _frame(1, 1, cut=True), _frame(2, 1, cut=False, look=RED)]
    found = follow.followed(_table([_face(n, 10) for n in range(3)], FACES), _table(frames, SEEN))
    assert found["track"].to_pylist() == [0, 1, 1]


def test_a_sample_stands_for_the_time_up_to_the_next() -> None:
    times = [0.0, 100.0, 300.0, 400.0, 90_000.0]  # a long pause is not a long look
    frames = _table([frame_row("v", 1, frame=n, pts_ms=ms) for n, ms in enumerate(times)], SEEN)
    faces = _table([face_row("v", n) for n in (0, 1, 1, 2, 3, 4)], FACES)
    assert follow.weights(faces, frames).tolist() == [100, 200, 200, 100, 150, 150]


@pytest.mark.parametrize("times", [[None], [None, None], [40.0], []])
def test_without_times_each_sample_counts_once(times: list[float | None]) -> None:
    frames = _table([frame_row("v", 1, frame=n, pts_ms=ms) for n, ms in enumerate(times)], SEEN)
    faces = _table([face_row("v", n) for n in range(len(times))], FACES)
    assert follow.weights(faces, frames).tolist() == [1.0] * len(times)


def test_a_track_is_summed_up() -> None:
    said = ["happy"] * 6 + ["sad"] * 4
    frames = [_frame(n, 2, ms=2000.0, cut=False) for n in range(10)]
    faces = [one for n in range(10) for one in (_face(n, 10, said[n], 2000.0), _face(n, 200, "fear", 2000.0))]
    for face in faces[1:4:2]:
        face["abstained"] = True
    table, seen = _table(faces, FACES), _table(frames, SEEN)
    stands = follow.weights(table, seen)
    found = follow.tracks(follow.followed(table, seen), stands)
    assert found.schema.equals(TRACKS)
    first, second = found.to_pylist()
    assert (first["track"], first["faces"], first["abstained"], first["changes"]) == (0, 10, 0, 1)
    assert (first["first_ms"], first["last_ms"], first["emotion"]) == (0.0, 18_000.0, "happy")
    assert (first["share_happy"], first["share_sad"]) == pytest.approx((0.6, 0.4))
    assert (second["track"], second["abstained"], second["changes"], second["share_fear"]) == (1, 2, 0, 1.0)
    assert first["size"] == 30.0
    assert first["confidence"] == pytest.approx(0.9)


def test_no_faces_are_no_tracks() -> None:
    table, seen = _table([], FACES), _table([_frame(0, 0)], SEEN)
    found = follow.followed(table, seen)
    assert len(found) == 0
    assert follow.tracks(found, np.zeros(0)).num_rows == 0
