from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from made_job import entry, face_row, frame_row

from tasks.schema import CROPS, FACES, FILES, FRAMES
from tasks.score import compact, parts
from tasks.score.rows import Row
from tasks.score.unit import file_row


def _write(out: Path, unit: str, faces: int, crops: list[Row] | None = None) -> None:
    thumb = dict.fromkeys(parts.THUMBS.names) | {"source": unit, "jpeg": b"x"}
    parts.write(
        out,
        unit,
        {
            "faces": [face_row(unit, face=n, model_version=f"emotion v{n % 2}") for n in range(faces)],
            "frames": [frame_row(unit, faces)],
            "files": [file_row(entry(unit), "scored", frames_sampled=1, faces=faces)],
            "thumbs": [thumb] if faces else [],
        }
        | ({} if crops is None else {"crops": crops}),
    )


def test_parts_become_tables_in_the_order_of_the_units(tmp_path: Path) -> None:
    for unit, faces in (("b", 2), ("a", 3), ("c", 0)):
        _write(tmp_path, unit, faces)
    compact.compact(tmp_path, [["b"], ["a"], ["c"]])
    assert sorted(place.name for place in tmp_path.iterdir()) == [
        "faces",
        "files",
        "frames",
        "thumbs.parquet",
        "tracks",
        "units",
    ]
    faces = ds.dataset(tmp_path / "faces").to_table()
    assert [(row["source"], row["face"]) for row in faces.select(["source", "face"]).to_pylist()] == [
        ("b", 0), ("b", 1), ("a", 0), ("a", 1), ("a", 2)]  # fmt: skip
    assert faces["model_version"].to_pylist() == ["emotion v0", "emotion v1", "emotion v0", "emotion v1", "emotion v0"]
    assert ds.dataset(tmp_path / "files").to_table()["source"].to_pylist() == ["b", "a", "c"]
    assert pq.read_table(tmp_path / "thumbs.parquet")["source"].to_pylist() == ["b", "a"]
    for name, schema in (("faces", FACES), ("frames", FRAMES), ("files", FILES)):
        for file in (tmp_path / name).iterdir():
            assert pq.read_schema(file).equals(schema)
            assert pq.read_schema(file).metadata[b"fermata.table"].decode() == name


def test_without_rows_there_are_still_tables(tmp_path: Path) -> None:
    parts.write(tmp_path, "listed", {"files": []})
    for groups in ([], [["listed"]]):
        compact.compact(tmp_path, groups)
        for name, schema in (("faces", FACES), ("frames", FRAMES), ("files", FILES)):
            table = ds.dataset(tmp_path / name).to_table()
            assert (len(table), table.schema.names) == (0, schema.names)
        assert len(pq.read_table(tmp_path / "thumbs.parquet")) == 0


def test_an_earlier_table_and_what_was_left_beside_are_replaced(tmp_path: Path) -> None:
    _write(tmp_path, "a", 2)
    (tmp_path / ".faces.tmp").mkdir()
    (tmp_path / ".faces.tmp" / "part-99999.parquet").write_text("half")
    compact.compact(tmp_path, [["a"]])
    compact.compact(tmp_path, [["a"]])
    assert ds.dataset(tmp_path / "faces").count_rows() == 2
    assert not [place for place in tmp_path.iterdir() if place.name.startswith(".")]


@pytest.mark.parametrize(("group", "file"), [(1, 3), (2, 2), (3, 100), (100, 100)])
def test_rows_are_cut_into_files_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int, file: int
) -> None:
    monkeypatch.setattr(compact, "ROWS_PER_GROUP", group)
    monkeypatch.setattr(compact, "ROWS_PER_FILE", file)
    units = [f"u{n}" for n in range(6)]
    for number, unit in enumerate(units):
        _write(tmp_path, unit, number % 3)
    compact.compact(tmp_path, [[unit] for unit in units])
    files = sorted((tmp_path / "faces").iterdir())
    assert [one.name for one in files] == [f"part-{n:05}.parquet" for n in range(len(files))]
    assert (len(files) > 1) == (file < 6)
    read = [row["source"] for one in files for row in pq.read_table(one).to_pylist()]
    assert read == ["u1", "u2", "u2", "u4", "u5", "u5"]
    assert ds.dataset(tmp_path / "frames").count_rows() == 6


def _crops(unit: str, count: int, size: int) -> list[Row]:
    face = {"source": unit, "source_sha256": "s", "frame": 0, "unit": unit}
    return [face | {"face": n, "image": {"bytes": bytes([n % 256]) * size, "path": f"0-{n}.png"}} for n in range(count)]


@pytest.mark.parametrize(("size", "least"), [(10, 300), (50_000, 64)])
def test_crops_are_kept_in_groups_that_a_worker_can_take(tmp_path: Path, size: int, least: int) -> None:
    for unit in ("a", "b", "c"):
        _write(tmp_path, unit, 100, _crops(unit, 100, size))
    compact.compact(tmp_path, [["a"], ["b"], ["c"]], keep_crops=True)
    (file,) = (tmp_path / "crops").iterdir()
    assert pq.read_schema(file).equals(CROPS)
    with pq.ParquetFile(file) as opened:
        groups = [opened.metadata.row_group(n).num_rows for n in range(opened.num_row_groups)]
    assert (sum(groups), max(groups)) == (300, max(least, 4 * 1024 * 1024 // size if size > 10 else 300))
    faces, crops = (
        ds.dataset(tmp_path / name).to_table(columns=["source", "frame", "face"]) for name in ("faces", "crops")
    )
    assert crops.equals(faces.cast(crops.schema))


def test_crops_of_large_faces_are_cut_into_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "CROPS_PER_GROUP", 1000)
    monkeypatch.setattr(compact, "CROPS_PER_FILE", 5000)
    for unit in ("a", "b"):
        _write(tmp_path, unit, 70, _crops(unit, 70, 100))
    compact.compact(tmp_path, [["a"], ["b"]], keep_crops=True)
    assert len(list((tmp_path / "crops").iterdir())) == 3  # the last one is empty
    assert ds.dataset(tmp_path / "crops").count_rows() == 140


def test_without_crops_there_is_no_table_of_them(tmp_path: Path) -> None:
    _write(tmp_path, "a", 1)
    compact.compact(tmp_path, [["a"]])
    assert not (tmp_path / "crops").exists()
