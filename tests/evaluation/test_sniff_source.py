from pathlib import Path

import pytest
from prepared_faces import face, make_folders, png, put

from tasks import files
from tasks.errors import SourceError
from tasks.evaluation.sniff import data, sniff
from tasks.params import Columns, Data


def _text(path: Path, text: str) -> str:
    put(path, text.encode())
    return str(path)


def test_files_are_told_by_their_name_and_header(tmp_path: Path) -> None:
    assert sniff(_text(tmp_path / "a.csv", "emotion,pixels,Usage\n")) == "fer2013-csv"
    assert sniff(_text(tmp_path / "b.csv", "\ufeffUsage, pixels,Emotion\n")) == "fer2013-csv"
    assert sniff(_text(tmp_path / "c.csv", "path,label\n")) == "listing"
    assert sniff(_text(tmp_path / "d.tsv", "file\temotion\n")) == "listing"
    for name, kind in (("e.ZIP", "class-folders"), ("f.parquet", "parquet"), ("g.tar", "webdataset")):
        assert sniff(_text(tmp_path / name, "")) == kind


def test_folders_are_told_by_what_they_hold(tmp_path: Path) -> None:
    assert sniff(str(make_folders(tmp_path / "classes"))) == "class-folders"
    put(tmp_path / "flat" / "happy" / "1.png", png(face(1)))
    _text(tmp_path / "flat" / "labels.csv", "path,label\n")
    assert sniff(str(tmp_path / "flat")) == "class-folders"
    _text(tmp_path / "one" / "fer2013.csv", "emotion,pixels\n")
    assert sniff(str(tmp_path / "one")) == "fer2013-csv"
    _text(tmp_path / "tables" / "data" / "test-0.parquet", "")
    assert sniff(str(tmp_path / "tables")) == "parquet"
    _text(tmp_path / "made" / "manifest.json", "{}")
    _text(tmp_path / "made" / "shards" / "public" / "part.parquet", "")
    assert sniff(str(tmp_path / "made")) == "prepared"


@pytest.mark.parametrize("name", ["nowhere", "model.h5"])
def test_what_is_no_data_set_is_named(tmp_path: Path, name: str) -> None:
    _text(tmp_path / "model.h5", "x")
    with pytest.raises(SourceError, match=name):
        sniff(str(tmp_path / name))


def test_columns_are_found_by_their_usual_names(tmp_path: Path) -> None:
    path = _text(tmp_path / "a.csv", "filename;Emotion;subject;usage\nx;happy;s;test\n")
    found = data(Data(), "listing", path)
    assert (found.source, found.path) == ("listing", path)
    assert (found.columns.path, found.columns.label, found.columns.split) == ("filename", "Emotion", "usage")


def test_named_columns_stay(tmp_path: Path) -> None:
    path = _text(tmp_path / "a.csv", "path,label,emotion\n")
    assert data(Data(), "listing", path).columns == Columns()
    asked = Data(columns=Columns(label="mood", path="0"))
    assert data(asked, "listing", path).columns == asked.columns
    assert data(Data(columns=Columns(label="mood")), "listing", path).columns.label == "mood"


def test_a_damaged_table_is_left_to_its_source(tmp_path: Path) -> None:
    path = _text(tmp_path / "a.parquet", "no table")
    assert data(Data(), "parquet", path).columns == Columns()
    files.write_text(tmp_path / "empty.csv", "")
    assert data(Data(), "listing", str(tmp_path / "empty.csv")).columns == Columns()
