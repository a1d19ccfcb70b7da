"""Faces by medium, whatever batches and row groups cut."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_job import face_row

from tasks.schema import EMOTIONS, FACES
from tasks.show.seen import Key, media


def write(folder: Path, rows: list[dict[str, object]], group: int = 3) -> Path:
    """Row groups cut what is read at a time."""
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(rows, FACES), folder / "part-00000.parquet", row_group_size=group)
    return folder


@pytest.mark.parametrize("group", [1, 2, 100])
def test_each_medium_comes_once_and_whole(tmp_path: Path, group: int) -> None:
    rows = [face_row("a.mp4", n, media_type="video", track=n % 2, pts_ms=10.0 * n) for n in range(5)]
    rows += [face_row("z.zip", face=n, member=name) for name in ("x.png", "y.png") for n in range(2)]
    folder = write(tmp_path / "faces", rows, group)
    found = list(media(folder))
    assert [key for key, _ in found] == [Key("a.mp4", None), Key("z.zip", "x.png"), Key("z.zip", "y.png")]
    assert [len(faces) for _, faces in found] == [5, 2, 2]
    assert found[0][1].track.tolist() == [0, 0, 0, 1, 1]
    assert found[0][1].ms.tolist() == [0, 20, 40, 10, 30]
    assert [(track, rows.stop - rows.start) for track, rows in found[0][1].tracks()] == [(0, 3), (1, 2)]
    assert [str(key) for key, _ in media(folder, "video")] == ["a.mp4"]


def test_videos_have_the_smoothed_emotion_and_what_it_got(tmp_path: Path) -> None:
    p: dict[str, Any] = {"p_happy": 0.25, "p_sad": 0.75}
    rows = [
        face_row("a.mp4", media_type="video", track=3, pts_ms=1.0, emotion="sad", emotion_smoothed="happy", **p),
        face_row("b.png", face=2, emotion="sad", **p),
    ]
    (_, video), (_, picture) = media(write(tmp_path / "faces", rows))
    assert (EMOTIONS[video.emotion[0]], float(video.probability[0]), int(video.track[0])) == ("happy", 0.25, 3)
    assert (EMOTIONS[picture.emotion[0]], float(picture.probability[0]), int(picture.track[0])) == ("sad", 0.75, 2)
    assert np.array_equal(picture.box, [[1, 2, 30, 40]])


def test_a_face_without_a_label_is_one_whatever_its_confidence(tmp_path: Path) -> None:
    rows = [
        face_row("a.png", face=0, confidence=0.9, abstained=True, abstained_because="too_small"),
        face_row("a.png", face=1, confidence=0.3, abstained=False),
    ]
    ((_, found),) = media(write(tmp_path / "faces", rows))
    assert found.abstained.tolist() == [True, False]


def test_no_faces(tmp_path: Path) -> None:
    assert list(media(write(tmp_path / "faces", []))) == []
