from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_job import entry, face_row, frame_row

from tasks.score import parts
from tasks.score.rows import Row
from tasks.score.unit import file_row


def _tables(source: str) -> dict[str, list[Row]]:
    return {
        "faces": [face_row(source)],
        "frames": [frame_row(source, 1)],
        "files": [file_row(entry(source), "scored", frames_sampled=1, faces=1)],
        "crops": [],
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
    assert sorted(place.name for place in (tmp_path / parts.UNITS).iterdir()) == ["u1", "u2"]


def test_tables_that_a_unit_did_not_write_are_passed_over(tmp_path: Path) -> None:
    parts.write(tmp_path, "listed", {"files": [file_row(entry("a"), "refused")]})
    assert list(parts.tables(tmp_path, ["listed"], "faces")) == []
    assert len(list(parts.tables(tmp_path, ["listed", "absent"], "files"))) == 1


def test_nothing_is_finished_where_nothing_is(tmp_path: Path) -> None:
    assert parts.finished(tmp_path) == set()
    (tmp_path / parts.UNITS / ".u1.99.tmp").mkdir(parents=True)
    assert parts.finished(tmp_path) == set()


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        parts.write(tmp_path, "u1", _tables("a") | {"thumbs": Interrupted()})
    assert parts.finished(tmp_path) == set()
    assert not list((tmp_path / parts.UNITS).iterdir())


def test_a_row_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(pa.ArrowInvalid):
        parts.write(tmp_path, "u1", _tables("a") | {"frames": [frame_row("a", frame="first")]})
    assert not list((tmp_path / parts.UNITS).iterdir())


def test_a_folder_that_cannot_be_written_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        parts.write(tmp_path / "file", "u1", _tables("a"))
    (tmp_path / parts.UNITS).mkdir()
    (tmp_path / parts.UNITS / "u1").write_text("in the way")
    with pytest.raises(OSError, match="u1"):
        parts.write(tmp_path, "u1", _tables("a"))
    assert [place.name for place in (tmp_path / parts.UNITS).iterdir()] == ["u1"]


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        parts.write(tmp_path, "u1", _tables("a"))
    assert not list((tmp_path / parts.UNITS).iterdir())


def test_a_unit_that_is_scored_again_keeps_its_first_part(tmp_path: Path) -> None:
    """As when a worker dies after it wrote the part and before its result was fetched."""
    parts.write(tmp_path, "u1", _tables("a"))
    parts.write(tmp_path, "u1", _tables("b"))
    assert parts.finished(tmp_path) == {"u1"}
    (table,) = parts.tables(tmp_path, ["u1"], "files")
    assert table["source"].to_pylist() == ["a"]
    assert [place.name for place in (tmp_path / parts.UNITS).iterdir()] == ["u1"]


def test_what_an_earlier_try_left_beside_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getpid", lambda: 42)
    left = tmp_path / parts.UNITS / ".u1.42.tmp"
    left.mkdir(parents=True)
    (left / "faces.parquet").write_text("half")
    parts.write(tmp_path, "u1", _tables("a"))
    assert [place.name for place in (tmp_path / parts.UNITS).iterdir()] == ["u1"]
