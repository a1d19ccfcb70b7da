import gzip
from pathlib import Path

import pandas as pd
import pytest
from made_sources import content, data, put, records, rejected, said

from tasks.errors import SourceError
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.listing import plan

ROWS = [("a/0.png", "happy", "train", "S1"), ("a/1.png", "sadness", "test", "S2"), ("b c/2.png", "3", "", "")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, (name, *_) in enumerate(ROWS):
        put(tmp_path / name, content(number))
    return tmp_path


def table() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=["path", "label", "split", "subject"])


@pytest.mark.parametrize(
    "form", ["csv", "tsv", "semicolons", "gzip", "bom", "crlf", "quoted", "other order", "parquet"]
)
def test_forms_of_listings_read_the_same(folder: Path, form: str) -> None:
    name = {"tsv": "list.tsv", "parquet": "list.parquet"}.get(form, "list.csv")
    path = folder / name
    if form == "parquet":
        table().to_parquet(path)
    else:
        text = (
            table()
            .to_csv(
                index=False,
                sep={"tsv": "\t", "semicolons": ";"}.get(form, ","),
                quoting=1 if form == "quoted" else 0,
                lineterminator="\r\n\r\n" if form == "crlf" else "\n",
                columns=["subject", "split", "path", "label"] if form == "other order" else None,
            )
            .encode()
        )
        put(path, gzip.compress(text) if form == "gzip" else b"\xef\xbb\xbf" + text if form == "bom" else text)
    wanted = data("listing", path, {"group": "subject"}, labels={"3": "fear"})
    found = records(wanted, 2)
    assert said(found) == {
        "a/0.png": ("training", "happy", "S1"),
        "a/1.png": ("test", "sad", "S2"),
        "b c/2.png": ("training", "fear", ""),
    }
    assert {one.key: one.data for one in found} == {name: content(n) for n, (name, *_) in enumerate(ROWS)}


def test_a_listing_alone_in_its_folder_is_found(folder: Path) -> None:
    table().to_csv(folder / "faces.csv", index=False)
    assert len(records(data("listing", folder))) == 3
    put(folder / "notes.txt", b"x")
    with pytest.raises(SourceError, match=r"holds 2 such files \(faces\.csv, notes\.txt\)\. Name one of them"):
        plan(data("listing", folder), 10)


def test_raf_db_is_read_by_parameters(tmp_path: Path) -> None:
    put(tmp_path / "aligned" / "train_00001_aligned.jpg", b"one")
    put(tmp_path / "aligned" / "test_0001_aligned.jpg", b"two")
    put(tmp_path / "list_partition_label.txt", b"train_00001.jpg 5\ntest_0001.jpg 4\n\ntrain_00002.jpg 1\nodd.png 1\n")
    wanted = data(
        "listing",
        tmp_path / "list_partition_label.txt",
        {"path": "0", "label": "1"},
        pattern="{split}_{}.jpg -> aligned/{split}_{}_aligned.jpg",
        labels={"1": "surprise", "4": "happy", "5": "sad"},
    )
    found = records(wanted)
    assert said(found) == {
        "train_00001.jpg": ("training", "sad", ""),
        "test_0001.jpg": ("test", "happy", ""),
        "train_00002.jpg": ("training", "surprise", ""),
        "odd.png": ("training", "surprise", ""),
    }
    assert {one.key: one.data for one in found}["test_0001.jpg"] == b"two"
    assert rejected(found) == {
        "train_00002.jpg": ("undecodable", "cannot be read: No such file or directory"),
        "odd.png": ("undecodable", "path 'odd.png' is not of the form of data.pattern"),
    }


def test_labels_may_stand_in_the_paths_alone(folder: Path) -> None:
    put(folder / "joy" / "1.png", b"x")
    put(folder / "list.txt", b"path\njoy/1.png\n")
    wanted = data("listing", folder / "list.txt", pattern="{label}/{}")
    assert said(records(wanted)) == {"joy/1.png": ("training", "happy", "")}
    assert "list.txt has no column 'split': all rows are training" in plan(wanted, 9).warnings


def test_each_row_that_cannot_be_used_is_a_record(folder: Path) -> None:
    secret = put(folder.parent / "secret.png", b"x")
    (folder / "link.png").symlink_to(secret)
    (folder / "inside.png").symlink_to(folder / "a" / "0.png")
    lines = [
        "path,label,split",
        "a/0.png,happy,train",
        "./a/0.png,happy,train",
        "inside.png,happy,train",
        f"{folder}/a/1.png,happy,train",
        "gone.png,happy,train",
        "a,happy,train",
        "a/1.png,bored,train",
        "a/1.png",
        ",happy,train",
        "../secret.png,happy,train",
        "a/../../secret.png,happy,train",
        "..\\secret.png,happy,train",
        f"{secret},happy,train",
        "link.png,happy,train",
        "a/0.png,happy,../out",
        "a/0.png::b,happy,train",
        "zip://x::file:///etc/passwd,happy,train",
        "odd://x/y.png,happy,train",
        f"file://{secret},happy,train",
    ]
    put(folder / "list.csv", "\n".join(lines).encode())
    leaves = "a path that leaves the data set's folder; elsewhere is reached by a URL, as file:// is"
    found = records(data("listing", folder / "list.csv"))
    assert len(found) == len(lines) - 1
    odd = rejected(found)
    assert odd.pop("odd://x/y.png") == ("undecodable", "cannot be read: Protocol not known: odd")
    gone = "cannot be read: No such file or directory"
    assert odd == {
        "gone.png": ("undecodable", gone),
        "a": ("undecodable", "not a regular file"),
        "a/1.png": ("unknown_label", "label 'bored' is no emotion: map it in data.labels"),
        "a/1.png#2": ("unknown_label", "label '' is no emotion: map it in data.labels"),
        "row-0000008": ("undecodable", "row 8 has no path"),
        "../secret.png": ("refused", leaves),
        "a/../../secret.png": ("refused", leaves),
        "../secret.png#2": ("refused", leaves),
        "/".join(secret.parts[1:]): ("refused", leaves),
        "link.png": ("refused", "a link that leaves the data set's folder"),
        "a/0.png#3": ("refused", "split '../out' is no name: map it in data.splits"),
        "a/0.png::b": ("undecodable", gone),
        "zip://x::file:///etc/passwd": ("refused", "an address inside an address"),
    }
    unknown = next(one for one in found if one.key == "a/1.png")
    assert (unknown.label, unknown.data) == (UNKNOWN, content(1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column 'path'"),
        ("file,label\nx,happy\n", "has no column 'path'. Received: 'file', 'label'. data.columns can name another"),
        ("path,emotion\nx,happy\n", "has no column 'label'"),
        ("path,label\n", "holds no rows"),
        ("path,label\nx,1\ny,2\n", "is an emotion. Found: '1', '2'. Known: afraid"),
        ('path,label\nx,"' + "y" * 200_000 + '"\n', "is not CSV: field larger than field limit"),
    ],
)
def test_a_file_that_is_no_listing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = put(tmp_path / "list.csv", text.encode())
    with pytest.raises(SourceError) as caught:
        plan(data("listing", path), 10)
    assert message in str(caught.value)


def test_a_column_that_was_asked_for_must_be_there(folder: Path) -> None:
    table().to_csv(folder / "list.csv", index=False)
    with pytest.raises(SourceError, match="has no column 'person'"):
        plan(data("listing", folder / "list.csv", {"group": "person"}), 10)
    with pytest.raises(SourceError, match="has no column 'fold'"):
        plan(data("listing", folder / "list.csv", {"split": "fold"}), 10)


def test_a_broken_parquet_listing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a whole Parquet file"):
        plan(data("listing", put(tmp_path / "list.parquet", b"PAR1 and no more")), 10)


def test_the_order_does_not_depend_on_the_chunks(folder: Path) -> None:
    lines = ["path,label", *(f"{number}.png,{EMOTIONS[number // 10]}" for number in range(70))]
    path = put(folder / "list.csv", "\n".join(lines).encode())
    keys = [one.key for one in records(data("listing", path), 9)]
    assert keys == [one.key for one in records(data("listing", path), 100)]
    assert len({one.label for one in records(data("listing", path), 100)[:20]}) > 3


def test_the_fingerprint_follows_rows_and_files(folder: Path) -> None:
    path = folder / "list.csv"
    table().to_csv(path, index=False)
    first = plan(data("listing", path), 2).fingerprint
    moved = folder.rename(folder.with_name("elsewhere"))
    assert plan(data("listing", moved / "list.csv"), 9).fingerprint == first
    put(moved / "a" / "0.png", content(5) * 2)
    assert plan(data("listing", moved / "list.csv"), 2).fingerprint != first


def test_names_that_are_not_utf8_are_found(tmp_path: Path) -> None:
    path = put(tmp_path / "list.csv", b"path,label\n\xe9t\xe9.png,happy\n")
    (tmp_path / "\udce9t\udce9.png").write_bytes(b"x")
    (found,) = records(data("listing", path))
    assert (found.key, found.data) == ("\\udce9t\\udce9.png", b"x")
