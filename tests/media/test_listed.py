import csv
import io
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_media import encoded

from tasks.errors import SourceError
from tasks.media import listed
from tasks.media.walk import files


def test_lines_are_names_relative_to_the_list(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(
        b"\xef\xbb\xbfa.jpg\r\n\r\n  \n sub/b c.jpg \n/else/x[1]*.jpg\ns3://b/c.jpg\nfile:///d%20e.jpg\na.jpg\ncaf\xe9.png"
    )
    assert listed.read(str(tmp_path / "list.txt")) == [
        f"{tmp_path}/a.jpg", f"{tmp_path}/ sub/b c.jpg ", "/else/x[1]*.jpg", "s3://b/c.jpg", "/d e.jpg",
        f"{tmp_path}/caf\udce9.png",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "odd name"])
def test_tables_have_a_column_source(tmp_path: Path, kind: str) -> None:
    path, names = tmp_path / f"list.{kind}", ["a,b.jpg", 'c"d.jpg', "/e.jpg", ""]
    if kind in ("csv", "tsv"):
        mark = "," if kind == "csv" else "\t"
        rows = ['"' + name.replace('"', '""') + f'"{mark}7' for name in names]
        path.write_text("\n".join([f"source{mark}n", *rows]) + "\n", encoding="utf-8")
    else:
        pq.write_table(pa.table({"n": [7] * 4, "source": names}), path)
    assert listed.read(str(path)) == [f"{tmp_path}/a,b.jpg", f'{tmp_path}/c"d.jpg', "/e.jpg"]


def test_a_list_may_lie_in_a_store() -> None:
    fsspec.filesystem("memory").pipe_file("/lists/deep/list.txt", b"a.jpg\n/b.jpg\nhttps://h/c.jpg")
    assert listed.read("memory://lists/deep/list.txt") == ["memory://lists/deep/a.jpg", "/b.jpg", "https://h/c.jpg"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.txt", None, "gone.txt: the list cannot be read: No such file or directory"),
        ("l.txt", b"\n \n", "l.txt: the list names no files"),
        ("l.csv", b"path\na.jpg\n", "l.csv: the list has no column 'source'"),
        ("l.csv", b"", "l.csv: the list has no column 'source'"),
        ("l.parquet", b"PAR1 and no more", "l.parquet: the list cannot be read: "),
    ],
)
def test_what_is_wrong_with_a_list_is_said(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as caught:
        listed.read(str(tmp_path / name))
    assert f"@{tmp_path}/{said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: a folder is not opened"):
        listed.read(str(tmp_path))


def test_lists_among_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.png", "in/b.png", "@odd.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(encoded())
    Path("list.txt").write_text("in\ngone.png\nin/a.png\n./in/b.png\n")
    assert list(files(["@list.txt"])) == ["in/a.png", "in/b.png", "gone.png"]
    assert list(files(["in/b.png", "@list.txt"])) == ["in/b.png", "in/a.png", "gone.png"]
    assert list(files(["@odd.txt"])) == ["@odd.txt"]  # there is a file of that name
    with pytest.raises(SourceError, match=r"@nowhere\.txt"):
        files(["@nowhere.txt"])


def test_patterns_among_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.png", "in/deep/b.png", "in/deep/c.txt", "in/[1].png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"x")
    Path("in/loop").symlink_to(".")
    assert list(files(["in/**/*.png"])) == ["in/[1].png", "in/a.png", "in/deep/b.png"]
    assert list(files(["in/d*"])) == ["in/deep/b.png", "in/deep/c.txt"]
    assert list(files(["*/*.png"])) == ["./in/[1].png", "./in/a.png"]
    assert list(files(["in/[1].png"])) == ["in/[1].png"]  # there is a file of that name
    assert list(files([f"{tmp_path}/in/a*", "in/*.png"])) == [f"{tmp_path}/in/a.png", "in/[1].png"]
    with pytest.raises(SourceError, match=r"no file matches 'in/\*\.jpg'"):
        files(["in/*.jpg"])
    with pytest.raises(SourceError, match=r"no such file or folder: 'gone/\*\.jpg'"):
        files(["gone/*.jpg"])


_NAME = st.text(st.characters(exclude_characters="\0\r\n\ufeff", exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(deadline=None)
@given(
    st.lists(_NAME, min_size=1, max_size=8), st.sampled_from(["txt", "csv", "parquet"]), st.sampled_from(["\n", "\r\n"])
)
def test_any_name_comes_back(names: list[str], kind: str, end: str) -> None:
    buffer = io.BytesIO()
    if kind == "txt":
        buffer.write("".join(name + end for name in names).encode())
    elif kind == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator=end)
        writer.writerows([["n", "source"], *([7, name] for name in names)])
        buffer.write(text.getvalue().encode())
    else:
        pq.write_table(pa.table({"source": names}), buffer)
    fsspec.filesystem("memory").pipe_file(f"/any/list.{kind}", buffer.getvalue())
    wanted = [name for name in dict.fromkeys(names) if not name.isspace()]
    try:
        found = listed.read(f"memory://any/list.{kind}")
    except SourceError as error:
        assert not wanted, error
        return
    assert found == [name if name.startswith("/") else f"memory://any/{name}" for name in wanted]
