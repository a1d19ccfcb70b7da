import csv
import gzip
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest

from tasks.errors import SourceError
from tasks.params import Data
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources import SOURCES
from tasks.sources.fer2013_csv import plan, read
from tasks.sources.source import Record

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
HEAD = SHARED / "fer2013" / "fer2013-head.csv.gz"
real = pytest.mark.real


def pixels(seed: int) -> str:
    return " ".join(map(str, np.random.default_rng(seed).integers(0, 256, 2304)))


def text(rows: int, newline: str = "\n") -> str:
    usages = ("Training", "PublicTest", "PrivateTest")
    lines = [f"{n % 7},{pixels(n)},{usages[n % 3]}" for n in range(rows)]
    return newline.join(["emotion,pixels,Usage", *lines]) + newline


def data(path: Path) -> Data:
    return Data(source="fer2013-csv", path=str(path))


def records(path: Path, rows: int = 4) -> list[Record]:
    return [record for chunk in plan(data(path), rows).chunks for record in read(chunk)]


def same(some: list[Record], others: list[Record]) -> bool:
    return len(some) == len(others) and all(
        (a.key, a.split, a.label, a.error) == (b.key, b.split, b.label, b.error) and np.array_equal(a.pixels, b.pixels)  # type: ignore[arg-type]
        for a, b in zip(some, others, strict=True)
    )


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "fer2013.csv"
    path.write_text(text(10))
    return path


def test_rows_become_records(plain: Path) -> None:
    found = records(plain)
    assert [record.key for record in found] == [f"row-{n:07d}" for n in range(10)]
    assert [record.split for record in found[:4]] == ["training", "public", "private", "training"]
    names = [EMOTIONS[record.label] for record in found[:7]]
    assert names == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert found[3].pixels is not None
    assert np.array_equal(found[3].pixels.ravel(), np.array(pixels(3).split(), int))


def test_chunks_seek_and_cut_anywhere(plain: Path) -> None:
    whole = records(plain, 100)
    for rows in (1, 3, 10):
        chunks = plan(data(plain), rows).chunks
        assert [chunk.start for chunk in chunks] == list(range(0, 10, rows))
        assert sum(chunk.rows for chunk in chunks) == 10
        assert same(records(plain, rows), whole)
    last = plan(data(plain), 4).chunks[-1]
    assert [record.key for record in read(last)] == ["row-0000008", "row-0000009"]


@pytest.mark.parametrize("form", ["crlf", "bom", "blank lines", "quoted", "no final newline", "gzip", "gzip members"])
def test_forms_found_in_the_wild_read_the_same(plain: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "other.csv"
    content = text(10).encode()
    if form == "crlf":
        content = text(10, "\r\n").encode()
    elif form == "bom":
        content = b"\xef\xbb\xbf" + content
    elif form == "blank lines":
        content = content.replace(b"\n", b"\n\n \n")
    elif form == "quoted":
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(text(10))))
        content = out.getvalue().encode()
    elif form == "no final newline":
        content = content.rstrip(b"\n")
    elif form == "gzip":  # by content: the name says nothing
        content = gzip.compress(content)
    else:
        content = gzip.compress(content[:20000]) + gzip.compress(content[20000:])
    path.write_bytes(content)
    assert same(records(path), records(plain))


def test_columns_are_found_by_name(plain: Path, tmp_path: Path) -> None:
    # The contest's other file, icml_face_data.csv, has this header.
    path = tmp_path / "icml_face_data.csv"
    rows = [line.split(",") for line in text(10).splitlines()[1:]]
    path.write_text("emotion, Usage, pixels\n" + "".join(f"{e},{u},{p}\n" for e, p, u in rows))
    assert same(records(path), records(plain))


def test_without_usage_all_is_training(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"pixels,emotion\n{pixels(1)},3\n")
    made = plan(data(path), 4)
    assert made.warnings[-1] == "x.csv has no column Usage: all rows are training"
    (record,) = read(made.chunks[0])
    assert (record.split, EMOTIONS[record.label]) == ("training", "happy")


def test_a_folder_with_one_csv_will_do(plain: Path) -> None:
    (plain.parent / "fer2013.csv.dvc").write_text("outs: []")
    assert same(records(plain.parent), records(plain))
    (plain.parent / "second.csv.gz").write_bytes(b"")
    with pytest.raises(SourceError, match="holds 2 such files"):
        plan(data(plain.parent), 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column 'emotion' and 'pixels'"),
        (b"pixels,Usage\n1,Training\n", "no column 'emotion'. Received: 'pixels', 'Usage'"),
        (b"emotion,Usage\n1,Training\n", "no column 'pixels'"),
        (b"emotion,pixels,Usage\n", "holds a header and no rows"),
        (b"emotion,pixels,Usage\n9,2,Training\n7,2,Training\n", "is an emotion. Found: '7', '9'. Known: afraid"),
        (b"emotion,pixels,Usage\n,2,Training\n", "Found: ''"),
        (
            b"emotion,pixels,Usage\n1,2,Test\n",
            "row 0 has Usage 'Test'. Known: Training, PublicTest, PrivateTest; data.splits",
        ),
        (b"emotion,pixels,Usage\n1,2 3", "row 0 has 2 columns, the header has 3"),
        (b"emotion,pixels,Usage\n1,2,Training,4\n", "row 0 has 4 columns"),
        (b'emotion,pixels,Usage\n1,"' + b"2 " * 99999 + b'",Training\n', "row 0 is not CSV"),
        (gzip.compress(text(3).encode())[:-900], "cannot be read"),
        (b"\x1f\x8bnot gzip at all", "cannot be read"),
    ],
)
def test_a_file_that_is_not_fer2013_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        plan(data(path), 4)
    assert message in str(caught.value)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"data\.path: no file or folder at .*set data\.source: synthetic"):
        plan(data(tmp_path / "none.csv"), 4)


def test_an_unknown_emotion_is_rejected_with_its_pixels(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"emotion,pixels,Usage\n3,{pixels(1)},Training\n7,{pixels(2)},PrivateTest\n,1 2,Training\n")
    assert (
        plan(data(path), 4)
        .warnings[0]
        .startswith("2 images are rejected, because their labels are no emotions: '', '7'.")
    )
    _, unknown, broken = records(path)
    assert (unknown.split, unknown.label, unknown.reason) == ("private", UNKNOWN, "unknown_label")
    assert unknown.error == "label '7' is no emotion: map it in data.labels"
    assert unknown.pixels is not None
    assert (broken.label, broken.reason) == (UNKNOWN, "wrong_size")


def test_numbers_and_usages_can_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"emotion,pixels,Usage\n7,{pixels(1)},Test\n0,{pixels(2)},Training\n")
    wanted = Data(source="fer2013-csv", path=str(path), labels={"7": "happy", "0": "sad"}, splits={"test": "public"})
    found = list(read(plan(wanted, 4).chunks[0]))
    assert [(EMOTIONS[one.label], one.split) for one in found] == [("happy", "public"), ("sad", "training")]


def test_the_fingerprint_is_of_the_unpacked_bytes(plain: Path, tmp_path: Path) -> None:
    first = plan(data(plain), 4).fingerprint
    packed = tmp_path / "other.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert plan(data(packed), 9).fingerprint == first == hashlib.sha256(plain.read_bytes()).hexdigest()


def test_a_file_that_shrinks_after_the_plan_is_noticed(plain: Path) -> None:
    chunk = plan(data(plain), 100).chunks[0]
    plain.write_text(text(4))
    with pytest.raises(SourceError, match="ends before row 4"):
        list(read(chunk))


@pytest.mark.parametrize(
    ("row", "reason", "error"),
    [
        ("1 " * 2303, "wrong_size", "2,303 values, expected 2,304"),
        ("1 " * 2305, "wrong_size", "2,305 values, expected 2,304"),
        ("", "wrong_size", "0 values, expected 2,304"),
        ("  ", "wrong_size", "0 values, expected 2,304"),
        ("1 " * 17 + "x7 " + "1 " * 2286, "undecodable", "value 17 is 'x7', expected 0..255"),
        ("1 " * 2303 + "256", "undecodable", "value 2,303 is '256', expected 0..255"),
        ("-1 " + "1 " * 2303, "undecodable", "value 0 is '-1', expected 0..255"),
        ("1.5 " + "1 " * 2303, "undecodable", "value 0 is '1.5', expected 0..255"),
        ("9" * 30 + " 1" * 2303, "undecodable", f"value 0 is '{'9' * 30}', expected 0..255"),
    ],
)
def test_a_broken_pixel_row_is_a_record(tmp_path: Path, row: str, reason: str, error: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"emotion,pixels,Usage\n0,{row},Training\n3,{pixels(1)},Training\n")
    broken, good = records(path)
    assert (broken.pixels, broken.reason, broken.error) == (None, reason, error)
    assert good.error is None
    assert good.pixels is not None


@real
@pytest.mark.skipif(not HEAD.exists(), reason="../shared/data/fer2013 is absent")
def test_the_head_of_the_real_file_agrees_with_the_folder_layout() -> None:
    source = SOURCES["fer2013-csv"]
    made = source.plan(data(HEAD), 500)
    found = {record.key: record for chunk in made.chunks for record in source.read(chunk)}
    assert len(found) == 1167
    assert all(record.error is None for record in found.values())
    with (SHARED / "ferplus" / "join.csv").open(newline="") as stream:
        join = [row for row in csv.DictReader(stream) if int(row["row"]) < 1167]
    assert len(join) > 1000
    for row in join:
        record = found[f"row-{int(row['row']):07d}"]
        assert EMOTIONS[record.label] == row["file"].split("/")[1]
        assert record.split == row["usage"].lower()
