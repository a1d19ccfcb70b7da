import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from made_job import entry, face_row, frame_row

from tasks.score import parts
from tasks.score.job import Unit
from tasks.score.rows import Row
from tasks.score.unit import file_row


def _tables(source: str) -> dict[str, list[Row]]:
    return {
        "faces": [face_row(source)],
        "frames": [frame_row(source, 1)],
        "files": [file_row(entry(source), "scored", frames_sampled=1, faces=1)],
        "thumbs": [],
    }


class Interrupted(list[Row]):
    """Rows whose reading is interrupted."""

    def __iter__(self) -> Iterator[Row]:
        raise KeyboardInterrupt


def test_rows_come_back_with_their_schemas(tmp_path: Path) -> None:
    parts.write(tmp_path, "u1", _tables("a"))
    parts.write(tmp_path, "u2", _tables("b"))
    assert parts.finished(tmp_path) == {"u1", "u2"}
    for name, schema in parts.SCHEMAS.items():
        tables = list(parts.tables(tmp_path, ["u2", "u1"], name))
        assert [table.schema.equals(schema) for table in tables] == [True, True]
    assert [table["source"].to_pylist() for table in parts.tables(tmp_path, ["u2", "u1"], "files")] == [["b"], ["a"]]
    (table,) = parts.tables(tmp_path, ["u1"], "faces")
    assert table.to_pylist()[0]["p_happy"] == pytest.approx(0.9)
    assert sorted(place.name for place in (tmp_path / parts.UNITS).iterdir()) == ["u1.zip", "u2.zip"]


def test_tables_that_a_unit_did_not_write_are_passed_over(tmp_path: Path) -> None:
    parts.write(tmp_path, "listed", {"files": [file_row(entry("a"), "refused")]})
    assert list(parts.tables(tmp_path, ["listed"], "faces")) == []
    assert len(list(parts.tables(tmp_path, ["listed", "absent"], "files"))) == 1


def test_nothing_is_finished_where_nothing_is(tmp_path: Path) -> None:
    assert parts.finished(tmp_path) == set()
    (tmp_path / parts.UNITS).mkdir()
    (tmp_path / parts.UNITS / ".u1.zip.99.tmp").write_bytes(b"half")
    assert parts.finished(tmp_path) == set()


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        parts.write(tmp_path, "u1", _tables("a") | {"thumbs": Interrupted()})
    assert parts.finished(tmp_path) == set()
    assert not list(tmp_path.iterdir())


def test_a_row_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(pa.ArrowInvalid):
        parts.write(tmp_path, "u1", _tables("a") | {"frames": [frame_row("a", frame="first")]})
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        parts.write(tmp_path / "file", "u1", _tables("a"))
    (tmp_path / parts.UNITS).mkdir()
    (tmp_path / parts.UNITS / "u1.zip").mkdir()
    with pytest.raises(OSError, match="u1"):
        parts.write(tmp_path, "u1", _tables("a"))
    assert [place.name for place in (tmp_path / parts.UNITS).iterdir()] == ["u1.zip"]


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        parts.write(tmp_path, "u1", _tables("a"))
    assert not list((tmp_path / parts.UNITS).iterdir())


def test_a_unit_that_is_scored_again_is_there_once(tmp_path: Path) -> None:
    """As when a worker dies after it wrote the part and before its result was fetched."""
    parts.write(tmp_path, "u1", _tables("a"))
    parts.write(tmp_path, "u1", _tables("b"))
    assert parts.finished(tmp_path) == {"u1"}
    (table,) = parts.tables(tmp_path, ["u1"], "files")
    assert table["source"].to_pylist() == ["b"]
    assert [place.name for place in (tmp_path / parts.UNITS).iterdir()] == ["u1.zip"]


def test_a_part_gets_the_names_that_its_contents_have_now(tmp_path: Path) -> None:
    parts.write(tmp_path, "u1", _tables("a"))
    parts.write(tmp_path, "u2", _tables("b"))
    sha256 = entry("a").sha256
    units = [Unit("u1", (entry("z.zip", sha256, member="a"),)), Unit("u2", (entry("b"),)), Unit("u3", (entry("c"),))]
    before = (tmp_path / parts.UNITS / "u2.zip").stat().st_ino
    assert parts.missing(tmp_path, units) == units[2:]
    for name in ("faces", "frames", "files"):
        (table,) = parts.tables(tmp_path, ["u1"], name)
        assert (table["source"].to_pylist(), table["member"].to_pylist()) == (["z.zip"], ["a"])
        assert table.schema.equals(parts.SCHEMAS[name])
    assert (tmp_path / parts.UNITS / "u2.zip").stat().st_ino == before  # as it was
    assert parts.finished(tmp_path) == {"u1", "u2"}
    assert parts.missing(tmp_path, units[1:]) == units[2:]


def test_a_part_is_opened_by_others(tmp_path: Path) -> None:
    size = parts.write(tmp_path, "u1", _tables("a"))
    path = tmp_path / parts.UNITS / "u1.zip"
    assert path.stat().st_size == size
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["faces.parquet", "frames.parquet", "thumbs.parquet", "files.parquet"]
        assert pd.read_parquet(io.BytesIO(archive.read("faces.parquet")))["source"].to_list() == ["a"]


def test_parts_are_thrown_away(tmp_path: Path) -> None:
    for unit in ("u1", "u2"):
        parts.write(tmp_path, unit, _tables("a"))
    parts.discard(tmp_path, ["u1", "gone"])
    assert parts.finished(tmp_path) == {"u2"}
