"""Class folders and zips that were made to harm, or by accident."""

import zipfile
from pathlib import Path

import pytest
from made_sources import content, data, put, rejected, said
from made_sources import records as read_whole

from tasks.sources.source import LIMIT, Record


def records(path: Path, rows: int = 7) -> list[Record]:
    return read_whole(data("class-folders", path), rows)


def test_links_inside_are_followed_once(tmp_path: Path) -> None:
    put(tmp_path / "store" / "1.png", b"x")
    (tmp_path / "happy").symlink_to(tmp_path / "store")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "happy" / "2.png").symlink_to(tmp_path / "store" / "1.png")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert said(records(tmp_path)) == dict.fromkeys(["happy/1.png", "happy/2.png"], ("training", "happy", ""))


def test_links_that_leave_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "secret.png", b"x")
    put(tmp_path / "elsewhere-too" / "secret.png", b"x")
    root = tmp_path / "elsewhere-"
    put(root / "train" / "sad" / "good.png", b"x")
    (root / "train" / "happy").symlink_to(tmp_path / "elsewhere")
    (root / "train" / "sad" / "secret.png").symlink_to(tmp_path / "elsewhere-too" / "secret.png")
    (root / "train" / "notes").symlink_to("/etc")
    (root / ".git").symlink_to("/etc")
    found = records(root)
    assert rejected(found) == dict.fromkeys(
        ["train/happy", "train/notes", "train/sad/secret.png"], ("refused", "a link that leaves the data set's folder")
    )
    assert all(record.data is None for record in found if record.error)
    assert said(found)["train/sad/secret.png"] == ("training", "sad", "")
    assert len(found) == 4


def test_members_that_leave_their_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("train/happy/1.png", "../../happy/2.png", "/happy/3.png", "__MACOSX/../x"):
            archive.writestr(name, b"x")
        link = zipfile.ZipInfo("train/happy/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/passwd")
    assert rejected(records(path)) == {
        "../../happy/2.png": ("refused", "a path that leaves the archive"),
        "happy/3.png": ("refused", "an absolute path inside an archive"),
        "train/happy/link.png": ("refused", "a link inside an archive"),
    }


def test_a_member_that_is_too_large_is_a_record(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("happy/1.png", b"x")
        archive.writestr("happy/bomb.png", b"x")
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02") + 24
    content[at : at + 4] = (LIMIT + 1).to_bytes(4, "little")
    path.write_bytes(content)
    assert rejected(records(path))["happy/bomb.png"][0] == "too_large"


def test_a_file_that_is_too_large_is_a_record(tmp_path: Path) -> None:
    put(tmp_path / "happy" / "1.png", b"x")
    with (tmp_path / "happy" / "huge.png").open("wb") as stream:
        stream.truncate(LIMIT + 1)
    assert rejected(records(tmp_path)) == {
        "happy/huge.png": ("too_large", "268,435,457 bytes, the limit is 268,435,456")
    }


def test_two_members_of_one_name_have_two_keys(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        for number in range(3):
            archive.writestr("happy/1.png", content(number))
        archive.writestr("happy/1.png#2", content(9))
        archive.writestr("happy\\1.png", content(4))
    keys = {record.key for record in records(path, 2)}
    assert keys == {f"happy/1.png{suffix}" for suffix in ("", "#2", "#3", "#4", "#5")}
