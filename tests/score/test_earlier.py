import shutil
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from made_job import entry, face_row, frame_row

from tasks.errors import OutputError
from tasks.media.entry import Entry
from tasks.score import compact, earlier, parts
from tasks.score.rows import Row
from tasks.score.unit import file_row

A, B = entry("a.png"), entry("b.png", status=None)
INSIDE = entry("z.zip", member="m.png")
CLIP = entry("v.mp4", media_type="video")


def _part(out: Path, unit: str, *scored: tuple[Entry, str]) -> None:
    tables: dict[str, list[Row]] = {"faces": [], "frames": [], "files": [], "crops": [], "thumbs": []}
    for one, status in scored:
        own = {"source": one.source, "member": one.member}
        faces = int(status == "scored")
        tables["faces"] += [face_row(one.source, member=one.member)] * faces
        tables["frames"].append(frame_row(one.source, faces, "" if faces else status) | own)
        tables["files"].append(file_row(one, status, frames_sampled=1, faces=faces))
        crop = {"source_sha256": one.sha256, "frame": 0, "face": 0, "unit": unit, "image": {"bytes": b"x", "path": ""}}
        tables["crops"] += [own | crop] * faces
        tables["thumbs"] += [dict.fromkeys(parts.THUMBS.names) | own | {"jpeg": b"x"}] * faces
    parts.write(out, unit, tables)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run of four files, one of which is a copy."""
    _part(tmp_path, "u", (A, "scored"), (B, "decode_error"), (INSIDE, "scored"), (CLIP, "timeout"))
    copy = file_row(entry("c.png", A.sha256), "duplicate", duplicate_of="a.png")
    text = file_row(entry("t.txt", "t", media_type="other"), "unsupported")
    parts.write(tmp_path, "listed", {"files": [copy, text]})
    compact.compact(tmp_path, [["listed"], ["u"]], keep_crops=True)
    return tmp_path


def test_what_was_scored_is_known_and_copies_and_texts_are_not(run: Path) -> None:
    assert earlier.known(run) == {
        ("a.png", None): (A.sha256, "scored"),
        ("b.png", None): (B.sha256, "decode_error"),
        ("z.zip", "m.png"): (INSIDE.sha256, "scored"),
        ("v.mp4", None): (CLIP.sha256, "timeout"),
    }


def test_what_is_to_be_tried_again_is_not_known(run: Path) -> None:
    assert set(earlier.known(run, ["decode_error", "timeout"])) == {("a.png", None), ("z.zip", "m.png")}


def test_a_run_whose_crops_are_gone_does_not_go_on(run: Path) -> None:
    assert len(earlier.known(run, keep_crops=True)) == 4
    shutil.rmtree(run / "crops")
    assert len(earlier.known(run)) == 4
    with pytest.raises(OutputError, match="crops' is missing"):
        earlier.known(run, keep_crops=True)


def test_a_new_folder_knows_nothing(tmp_path: Path) -> None:
    assert earlier.known(tmp_path) == {}
    assert list(earlier.rows(tmp_path, [A], "faces")) == []


def test_units_of_a_stopped_run_with_a_wanted_status_are_thrown_away(tmp_path: Path) -> None:
    _part(tmp_path, "good", (A, "scored"))
    _part(tmp_path, "bad", (B, "decode_error"), (INSIDE, "scored"))
    earlier.discard(tmp_path, [])
    assert parts.finished(tmp_path) == {"good", "bad"}
    earlier.discard(tmp_path, ["timeout"])
    assert parts.finished(tmp_path) == {"good", "bad"}
    earlier.discard(tmp_path, ["decode_error"])
    assert parts.finished(tmp_path) == {"good"}


def test_held_rows_stay_and_others_go(run: Path) -> None:
    _part(run, "new", (B, "scored"))
    compact.compact(run, [["new"]], [A, INSIDE], keep_crops=True)
    files = ds.dataset(run / "files").to_table()
    assert list(zip(files["source"].to_pylist(), files["status"].to_pylist(), strict=True)) == [
        ("a.png", "scored"), ("z.zip", "scored"), ("b.png", "scored")]  # fmt: skip
    for name in ("faces", "frames", "crops"):
        assert ds.dataset(run / name).to_table()["source"].to_pylist() == ["a.png", "z.zip", "b.png"]
    assert pq.read_table(run / "thumbs.parquet")["source"].to_pylist() == ["a.png", "z.zip", "b.png"]


def test_a_member_is_not_its_archive(run: Path) -> None:
    _part(run, "other", (entry("z.zip", "zip"), "scored"))
    compact.compact(run, [["other"]], [INSIDE])
    assert ds.dataset(run / "files").to_table()["member"].to_pylist() == ["m.png", None]
    compact.compact(run, [], [entry("z.zip", "zip")])
    assert ds.dataset(run / "files").to_table()["member"].to_pylist() == [None]


@pytest.mark.parametrize("moved", range(6))
def test_a_stop_between_two_renames_is_made_good(run: Path, moved: int) -> None:
    """With some tables in their place and the others beside them, all are put there on the next start."""
    before = {name: ds.dataset(run / name).to_table() for name in compact.TABLES}
    thumbs = pq.read_table(run / "thumbs.parquet")
    for name in list(compact.TABLES)[moved:]:
        (run / name).rename(run / f".{name}.tmp")
    (run / "thumbs.parquet").rename(run / ".thumbs.tmp")
    (run / compact.WHOLE).touch()
    compact.recover(run)
    assert {name: ds.dataset(run / name).to_table() for name in compact.TABLES} == before
    assert pq.read_table(run / "thumbs.parquet") == thumbs
    assert not (run / compact.WHOLE).exists()


def test_tables_that_are_not_whole_are_left_beside(run: Path) -> None:
    (run / ".faces.tmp").mkdir()
    compact.recover(run)
    assert (run / ".faces.tmp").exists()
    assert ds.dataset(run / "faces").count_rows() == 2


def test_rows_get_the_names_that_their_contents_have_now(run: Path) -> None:
    moved = entry("moved/a.png", A.sha256)
    out_of_it, into_it = entry("m.png", INSIDE.sha256), entry("y.zip", B.sha256, member="b.png")
    assert not earlier.lists(run, [moved])
    compact.compact(run, [], [moved, out_of_it, into_it])
    named = {"moved/a.png": None, "m.png": None, "y.zip": "b.png"}
    for name in ("files", "frames"):
        table = ds.dataset(run / name).to_table()
        assert dict(zip(table["source"].to_pylist(), table["member"].to_pylist(), strict=True)) == named
    for table in (ds.dataset(run / "faces").to_table(), pq.read_table(run / "thumbs.parquet")):
        assert table["source"].to_pylist() == ["moved/a.png", "m.png"]
        assert table["member"].null_count == 2
    assert earlier.lists(run, [moved, out_of_it, into_it])
    assert not earlier.lists(run, [moved, out_of_it])
    assert not earlier.lists(run, [moved, out_of_it, into_it, moved])
