"""Tables as CSV: what is read back is what was there, and nothing in it runs."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored_folder import Media, older, realistic, write_folder

from tasks.errors import OutputError
from tasks.report import tables
from tasks.schema import FACES, FILES
from tasks.show import csv as show

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ODD = st.sampled_from(["=", "+", "-", "@", "'", '"', ",", "\n", "\r\n", "\t", " ", "＝", "\u00a0", "é"])
NAMES = st.lists(st.one_of(ODD, TEXTS), max_size=5).map("".join)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def undone(cell: str) -> str:
    return cell.removeprefix("'")


def test_every_row_and_column_is_there(tmp_path: Path) -> None:
    out = write_folder(tmp_path / "labels", realistic())
    rows = show.write(out, tmp_path / "to")
    for name in ("faces", "frames", "files"):
        table = pq.read_table(out / name)
        back = pd.read_csv(tmp_path / "to" / f"{name}.csv")
        assert len(back) == rows[name] == len(table)
        assert back["source"].tolist() == table["source"].to_pylist()
    faces = pd.read_csv(tmp_path / "to" / "faces.csv")
    assert [c for c in faces.columns if c not in FACES.names] == list(show.POINTS)
    assert "landmarks" not in faces
    assert set(faces["model_version"].astype(str)) == {"4"}
    assert [path.name for path in (tmp_path / "to").iterdir() if path.name.startswith(".")] == []


def test_why_a_face_has_no_label_and_how_good_its_picture_is(tmp_path: Path) -> None:
    media = [Media("a.jpg", frames=(("happy", "SAD/too_small"),), quality=0.25)]
    out = write_folder(tmp_path / "labels", media)
    show.write(out, out)
    rows = list(csv.DictReader(io.StringIO((out / "faces.csv").read_text(), newline="")))
    assert [(row["abstained"], row["abstained_because"], row["quality"]) for row in rows] == [
        ("false", "", "0.25"), ("true", "too_small", "0.25"),
    ]  # fmt: skip
    assert {(row["sharpness"], row["p_unreadable"], row["p_covered"], row["p_not_a_face"]) for row in rows} == {
        ("1", "", "", "")
    }
    show.write(older(out), out)
    rows = list(csv.DictReader(io.StringIO((out / "faces.csv").read_text(), newline="")))
    assert [(row["abstained"], row["abstained_because"], row["sharpness"]) for row in rows] == [
        ("false", "", ""), ("true", "", ""),
    ]  # fmt: skip


def test_landmarks_become_ten_columns_in_their_order() -> None:
    fields = pa.schema([FACES.field("landmarks")])
    rows = [{"landmarks": [float(n) for n in range(10)]}, {"landmarks": None}]
    flat = show.flat(pa.Table.from_pylist(rows, fields))
    assert flat.column_names == ["x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "x5", "y5"]
    assert list(flat.to_pylist()[0].values()) == list(range(10))
    assert set(flat.to_pylist()[1].values()) == {None}


@settings(max_examples=200, deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=8))
def test_names_survive_and_none_is_a_formula(names: list[str]) -> None:
    sink = io.BytesIO()
    table = pa.table({"source": pa.chunked_array([pa.array(names, pa.string())])})
    pyarrow.csv.write_csv(show.flat(table), sink)
    text = sink.getvalue().decode()
    cells = [row[0] for row in read(text)[1:]]
    assert [undone(cell) for cell in cells] == names
    assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@＝＋－＠")]
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    convert = pyarrow.csv.ConvertOptions(column_types={"source": pa.string()})
    again = pyarrow.csv.read_csv(io.BytesIO(sink.getvalue()), parse_options=options, convert_options=convert)
    assert [undone(cell) for cell in again["source"].to_pylist()] == names


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\x1f=1", "\u200b=1", "＝1", "'=1", "'"]
)
def test_a_formula_gets_an_apostrophe(name: str) -> None:
    assert show.safe(pa.chunked_array([[name]])).to_pylist() == [f"'{name}"]


@pytest.mark.parametrize("name", ["a=1", "1-2.jpg", "ünï.mp4", "", "/archive/=x.jpg"])
def test_other_names_stay(name: str) -> None:
    assert show.safe(pa.chunked_array([[name]])).to_pylist() == [name]


@settings(max_examples=100, deadline=None)
@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_numbers_are_exact(value: float) -> None:
    sink = io.BytesIO()
    pyarrow.csv.write_csv(pa.table({"x": pa.array([value], pa.float32())}), sink)
    (_, (cell,)) = read(sink.getvalue().decode())
    assert pa.scalar(float(cell), pa.float32()).as_py() == value


def test_null_and_the_empty_text_differ(tmp_path: Path) -> None:
    row: dict[str, Any] = dict.fromkeys(FILES.names, 0) | {
        "source": "a", "member": "", "source_sha256": None, "media_type": "other", "status": "unsupported",
        "emotion": None, "duplicate_of": None, "error": None,
    }  # fmt: skip
    (tmp_path / "files").mkdir()
    pq.write_table(pa.Table.from_pylist([row], FILES), tmp_path / "files" / "part-00000.parquet")
    show.write(tmp_path, tmp_path)
    assert (tmp_path / "files.csv").read_text().splitlines()[1].startswith('"a","",,"other",0')


def test_a_batch_at_a_time(tmp_path: Path) -> None:
    out = write_folder(tmp_path / "labels", realistic())
    parts = [pq.read_table(out / "frames")] * 700
    pq.write_table(pa.concat_tables(parts), out / "frames" / "part-00000.parquet", row_group_size=100_000)
    sizes = [len(batch) for batch in tables.batches(out / "frames", show.SCHEMAS["frames"], ["source"])]
    assert len(sizes) > 1
    assert show.write(out, out)["frames"] == sum(sizes) == len(pd.read_csv(out / "frames.csv"))


def test_a_damaged_table_leaves_no_file(tmp_path: Path) -> None:
    out = write_folder(tmp_path / "labels", realistic())
    (out / "faces" / "part-00000.parquet").write_bytes(b"PAR1 no table")
    with pytest.raises(OutputError, match="faces"):
        show.write(out, tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []
