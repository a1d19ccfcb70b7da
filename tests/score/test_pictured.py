"""Thumbnails of a video: a face for each track."""

import pyarrow as pa
from made_job import face_row

from tasks.schema import FACES
from tasks.score.parts import THUMBS
from tasks.score.pictured import FEW, chosen


def _table(places: list[tuple[int, int, float]]) -> pa.Table:
    rows = [
        dict.fromkeys(THUMBS.names)
        | {"source": "v.mp4", "frame": frame, "face": face, "confidence": sure, "jpeg": b"x"}
        for frame, face, sure in places
    ]
    return pa.Table.from_pylist(rows, schema=THUMBS)


def _faces(tracks: dict[tuple[int, int], int | None]) -> pa.Table:
    rows = [face_row("v.mp4", frame=frame, face=face, track=track) for (frame, face), track in tracks.items()]
    return pa.Table.from_pylist(rows, schema=FACES)


def test_each_track_keeps_its_surest_face() -> None:
    tracks: dict[tuple[int, int], int | None] = {(frame, face): frame // 2 for frame in range(40) for face in (0,)}
    thumbs = _table([(frame, 0, 0.3 + 0.5 * (frame % 2)) for frame in range(40)])
    assert chosen(thumbs, _faces(tracks))["frame"].to_pylist() == list(range(1, 40, 2))


def test_few_tracks_are_filled_up_and_few_pictures_stay() -> None:
    tracks: dict[tuple[int, int], int | None] = {(frame, 0): 0 for frame in range(30)}
    found = chosen(_table([(frame, 0, frame / 40) for frame in range(30)]), _faces(tracks))
    assert len(found) == FEW and found["frame"].to_pylist()[-1] == 29
    few = _table([(frame, 0, 0.5) for frame in range(FEW)])
    assert chosen(few, _faces(tracks)).equals(few)


def test_faces_without_a_track_are_only_filled_in() -> None:
    tracks: dict[tuple[int, int], int | None] = {(frame, 0): None for frame in range(30)}
    assert len(chosen(_table([(frame, 0, 0.5) for frame in range(30)]), _faces(tracks))) == FEW
