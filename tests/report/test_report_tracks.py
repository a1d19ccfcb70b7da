from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from html_check import Page
from scored_folder import Media, realistic, write_folder

from tasks.report import lanes, tables, tracks
from tasks.report.faces import Span
from tasks.report.frames import count_frames
from tasks.report.overtime import Step
from tasks.report.score import write_score_report
from tasks.schema import FACES


def video(name: str, *frames: tuple[str, ...]) -> Media:
    return Media(name, frames=frames, media="video")


def read(folder: Path, faces: bool = True) -> tuple[tracks.TrackedVideo, ...]:
    sights = tracks.count_sights(folder / "tracks")
    found = count_frames(folder / "frames", [sight.key for sight in sights.most])
    return tracks.read_tracks(folder, sights, {span.key: span for span in found.spans}, faces)


def test_videos_with_the_longest_sight_come_first(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [
        video("short.mp4", ("happy", "happy", "happy"), ("sad", "happy", "happy")),  # three times half a second
        video("long.mp4", ("happy",), ("happy",), ("happy",), ("fear",)),
        video("empty.mp4", ()),
        Media("a.jpg", frames=(("happy",),)),
    ])  # fmt: skip
    first, second = tracks.count_sights(folder / "tracks").most
    assert (first, second) == (tracks.Sight("short.mp4\0", 3, 1500.0), tracks.Sight("long.mp4\0", 1, 1500.0))
    assert [found.name for found in read(folder)] == ["short.mp4", "long.mp4"]


def test_a_lane_has_steps_shares_and_changes(tmp_path: Path) -> None:
    (found,) = read(write_folder(tmp_path, [video("a.mp4", ("happy",), ("happy",), ("SAD",), ("happy",))]))
    (lane,) = found.lanes
    assert (found.name, found.tracks, found.in_sight_ms, found.left_out) == ("a.mp4", 1, 1500.0, 0)
    assert (lane.shares, lane.changes, lane.when) == ((("happy", "100\u00a0%"),), "2 changes", "0:00 to 0:01.5")
    assert "happy from 0:00, then sad from 0:01.0, then happy from 0:01.5" in lane.chart
    assert lane.uri.startswith("data:image/jpeg;base64,")


def test_a_track_without_a_label_says_so(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [video("a.mp4", ("SAD",), ("SAD",))])
    assert read(folder)[0].lanes[0].shares == ()
    assert "no label 0 changes · 0:00 to 0:00.5" in Page(write_score_report(folder).read_text("utf-8")).text


def test_pictures_are_of_their_own_track(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [video("a.mp4", ("happy", "sad"), ("happy", "sad"))], thumbs=1)
    assert [bool(lane.uri) for lane in read(folder)[0].lanes] == [True, False]
    assert [bool(lane.uri) for lane in read(folder, faces=False)[0].lanes] == [False, False]


def test_the_surest_picture_is_shown(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [video("a.mp4", ("HAPPY",), ("happy",), ("HAPPY",))])
    table = pq.read_table(folder / "thumbs.parquet")
    jpegs = pa.array([b"\xff0", b"\xff1", b"\xff2"])
    pq.write_table(table.set_column(table.schema.get_field_index("jpeg"), "jpeg", jpegs), folder / "thumbs.parquet")
    assert read(folder)[0].lanes[0].uri == "data:image/jpeg;base64,/zE="


def test_what_is_left_out_is_counted_in_words(tmp_path: Path) -> None:
    crowd = video("crowd.mp4", *[("happy",) * (tracks.MAX_LANES + 2)] * 9)
    others = [video(f"{i}.mp4", ("sad",), ("sad",)) for i in range(tracks.MAX_VIDEOS + 1)]
    page = Page(write_score_report(write_folder(tmp_path, [*others, crowd])).read_text("utf-8"))
    assert "2 more tracks of this video, in sight for less time" in page.text
    assert "2 more videos with 2 tracks in tracks/" in page.text
    assert sum(a.get("class") == "chart lane" for _, a in page.elements) == tracks.MAX_LANES + tracks.MAX_VIDEOS - 1


def test_no_picture_where_none_is_wanted(tmp_path: Path) -> None:
    page = Page(write_score_report(write_folder(tmp_path, realistic()), faces=False).read_text("utf-8"))
    assert page.count("img") == 0
    assert "interview.mp4 3 tracks" in page.text


@pytest.mark.parametrize("rows", [1, 3, 1 << 16])
def test_steps_are_the_same_however_the_table_is_cut(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", rows)
    labels = ["happy", "happy", "sad", "sad", "sad", "happy", "fear", "fear"]
    folder = write_folder(tmp_path, [video("a.mp4", *[(label, "angry") for label in labels])])
    span = Span("a.mp4\0", 0.0, 4000.0, 8, 500.0)
    found = lanes.read_steps(folder, ["a.mp4\0"], {(0, 0): span, (0, 1): span}, True)
    assert found[0, 0].steps == (
        Step(0, 1000, "happy"), Step(1000, 2500, "sad"), Step(2500, 3000, "happy"), Step(3000, 4000, "fear"),
    )  # fmt: skip
    assert found[0, 1].steps == (Step(0, 4000, "angry"),)


def test_faces_without_times_have_no_lane(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [video("a.mp4", ("happy",), ("happy",))])
    for name in ("faces", "frames"):
        path = folder / name / "part-00000.parquet"
        table = pq.read_table(path)
        index = table.schema.get_field_index("pts_ms")
        pq.write_table(table.set_column(index, table.schema.field(index), pa.nulls(len(table), pa.float64())), path)
    assert read(folder) == ()
    assert pq.read_schema(folder / "faces" / "part-00000.parquet").equals(FACES)
