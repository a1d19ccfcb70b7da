import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.errors import SourceError
from tasks.ferplus import COLUMNS, Place, content, parse_join, parse_votes
from tasks.schema import CHOICES

HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
ROW = "Training,fer0000000.png,1,2,3,4,5,6,7,8,9,10"
AS_CHOICES = [5, 6, 7, 2, 1, 4, 3, 8, 9, 10]  # ROW's counts
VOTES = Place("data.votes.path", "votes.csv", "fer2013new.csv", "Put it there")
JOIN = Place("data.votes.join", "join.csv", "join.csv", "Put it there")
USAGES = np.array([0, 0, 1, 2], np.int8)
WORDS = ("Training", "PublicTest", "PrivateTest")
ORDER = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")

TABLES = st.lists(
    st.tuples(st.sampled_from(range(3)), st.lists(st.integers(0, 9_999), min_size=10, max_size=10)), min_size=1
)


def lines(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows)).encode()


def problem(data: bytes) -> str:
    with pytest.raises(SourceError) as caught:
        parse_votes(data, VOTES)
    message = str(caught.value)
    assert message.startswith("data.votes.path: 'votes.csv' ")
    assert message.endswith(". Put it there")
    assert "\n" not in message
    return message


def test_columns_stand_for_the_choices_in_their_order() -> None:
    counts, usages = parse_votes(lines(ROW, ROW.replace("Training", "PrivateTest")), VOTES)
    assert counts.dtype == np.int16
    assert counts.tolist() == [AS_CHOICES] * 2
    assert usages.tolist() == [0, 2]
    pairs = dict(zip(COLUMNS, CHOICES, strict=True))
    assert pairs["anger"] == "angry"
    assert pairs["NF"] == "not_a_face"
    assert all(word[:3] == choice[:3] for word, choice in pairs.items() if word != "NF")


@given(TABLES, st.permutations(["Usage", "Image name", *ORDER]), st.sampled_from(["\n", "\r\n"]))
def test_columns_may_come_in_any_order(table: list[tuple[int, list[int]]], names: list[str], end: str) -> None:
    rows = [{"Usage": WORDS[usage], "Image name": "", **dict(zip(ORDER, votes, strict=True))} for usage, votes in table]
    text = end.join([",".join(names), *(",".join(str(row[name]) for name in names) for row in rows), ""])
    counts, usages = parse_votes(b"\xef\xbb\xbf" + text.encode(), VOTES)
    assert usages.tolist() == [usage for usage, _ in table]
    assert [[row[ORDER.index(name)] for name in COLUMNS] for _, row in table] == counts.tolist()


def test_spaces_case_and_empty_lines_do_not_matter() -> None:
    data = lines("", ROW.replace(",", " , ").replace("Training", "training"), "  ", ROW, header=HEADER.upper())
    counts, _ = parse_votes(data, VOTES)
    assert counts.tolist() == [AS_CHOICES] * 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "needs one column 'Usage'. Received: an empty file"),
        (HEADER.encode(), "holds a header and no rows"),
        (b"emotion,pixels,Usage\n0,1 2 3,Training", "needs one column 'anger'. Received: 'emotion', 'pixels', 'usage'"),
        (lines(ROW + ",1", header=HEADER + ",nf"), "needs one column 'NF'"),
        (lines(ROW, "Training,,1,2"), "has 4 columns in row 1, 12 in the header: is it cut off?"),
        (lines(ROW, ROW + ",1"), "has 13 columns in row 1, 12 in the header"),
        (lines(ROW.replace(",4,", ",-4,")), "has '-4' as sadness in row 0, expected a number 0..9999"),
        (lines(ROW, ROW.replace(",5,", ",,")), "has '' as anger in row 1"),
        (lines(ROW.replace(",5,", ",0.5,")), "has '0.5' as anger in row 0"),
        (lines(ROW.replace(",5,", ",10000,")), "has '10000' as anger in row 0"),
        (lines(ROW.replace(",5,", ",٥,")), "has '٥' as anger in row 0"),
        (lines(ROW.replace("Training", "Test")), "has usage 'Test' in row 0. Known: Training, PublicTest, PrivateTest"),
        (lines(ROW).replace(b"png", b"\xff"), "is no CSV file"),
        (lines(ROW.replace("fer", '"fer')), "is no CSV file"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, said: str) -> None:
    assert said in problem(data)


@given(st.binary(max_size=300) | st.text(alphabet='Usage,NF0"\r\n-\x00٥', max_size=80).map(str.encode))
def test_no_bytes_are_mistaken_for_votes(data: bytes) -> None:
    problem(data)


@given(st.binary(max_size=20), st.integers(0, 200))
@example(b"\x1c", 178)
def test_damage_is_found_or_harmless(piece: bytes, at: int) -> None:
    whole = lines(ROW, ROW)
    damaged = whole[:at] + piece + whole[at + len(piece) :]
    try:
        counts, usages = parse_votes(damaged, VOTES)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert counts.shape == (len(usages), len(CHOICES))
        assert counts.min() >= 0


def test_a_join_knows_files_and_names() -> None:
    data = b"row,usage,file\n2,PublicTest,test/sad/P_1.jpg\n0,Training,train\\sad\\T_1.jpg\n"
    join = parse_join(data, JOIN, USAGES)
    assert dict(zip(join.files.to_pylist(), join.file_rows.tolist(), strict=True)) == {
        "test/sad/P_1.jpg": 2,
        "train/sad/T_1.jpg": 0,
    }
    assert dict(zip(join.names.to_pylist(), join.name_rows.tolist(), strict=True)) == {"P_1.jpg": 2, "T_1.jpg": 0}


def test_what_a_join_has_twice_is_not_certain() -> None:
    rows = (
        "0,Training,a/x.jpg",
        "1,Training,a/x.jpg",
        "0,Training,b/y.jpg",
        "1,Training,c/y.jpg",
        "1,Training,c/z.jpg",
    )
    join = parse_join(lines(*rows, header="row,usage,file"), JOIN, USAGES)
    assert join.files.to_pylist() == ["b/y.jpg", "c/y.jpg", "c/z.jpg"]
    assert join.file_rows.tolist() == [0, 1, 1]
    assert join.names.to_pylist() == ["z.jpg"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("4,PrivateTest,a.jpg", "names row 4, the votes have 4 rows"),
        ("3,PublicTest,a.jpg", "has another usage than the votes for row 3"),
        ("-1,Training,a.jpg", "has '-1' as row in row 0"),
        ("x,Training,a.jpg", "has 'x' as row in row 0"),
        ("99999999999999999999,Training,a.jpg", "expected a number 0..999999999"),
        ("0,Training", "has 2 columns in row 0, 3 in the header"),
    ],
)
def test_a_join_of_another_file_is_refused(row: str, said: str) -> None:
    with pytest.raises(SourceError, match=r"data\.votes\.join: 'join\.csv'") as caught:
        parse_join(lines(row, header="row,usage,file"), JOIN, USAGES)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["fer2013new.csv", "given.csv.gz"])
def test_content_is_read_from_a_folder_a_file_or_a_url(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"abc") if name.endswith(".gz") else b"abc")
    places = [str(tmp_path / name), (tmp_path / name).as_uri()]
    if name == VOTES.name:
        places += [str(tmp_path), f"{tmp_path.as_uri()}/"]
    for place in places:
        assert content(VOTES._replace(path=place)) == b"abc"


def test_no_content_where_there_is_no_file(tmp_path: Path) -> None:
    assert content(VOTES._replace(path=str(tmp_path))) is None
    assert content(VOTES._replace(path=str(tmp_path / "a.csv"))) is None
    assert content(VOTES._replace(path="memory://votes/nothing")) is None


@pytest.mark.parametrize("path", ["no-such-protocol://a/b.csv", "{}/damaged.csv.gz", "{}/folder.csv"])
def test_what_cannot_be_read_is_said(tmp_path: Path, path: str) -> None:
    (tmp_path / "damaged.csv.gz").write_bytes(gzip.compress(b"abc" * 99)[:-9])
    (tmp_path / "folder.csv").mkdir()
    place = VOTES._replace(path=path.format(tmp_path))
    with pytest.raises(SourceError, match="cannot be read: ") as caught:
        content(place)
    assert repr(place.path) in str(caught.value)
