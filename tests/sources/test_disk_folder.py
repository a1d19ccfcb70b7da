import os
from pathlib import Path

from made_sources import put

from tasks.sources.folder import describe, inside, walk


def test_files_are_listed_by_name_with_what_tells_their_content(tmp_path: Path) -> None:
    put(tmp_path / "b" / "2", b"xy")
    put(tmp_path / "a", b"x")
    put(tmp_path / ".hidden" / "3", b"x")
    put(tmp_path / "b" / ".4", b"x")
    os.utime(tmp_path / "a", ns=(5, 7))
    first, second = walk(str(tmp_path))
    assert first == ("a", 1, "7", "", None)
    assert (second.name, second.size) == ("b/2", 2)
    assert describe(str(tmp_path / "a"), "a") == first
    assert describe(str(tmp_path / "gone"), "gone") == ("gone", 0, "", "", None)


def test_a_root_may_itself_be_a_link(tmp_path: Path) -> None:
    put(tmp_path / "real" / "a" / "1", b"x")
    (tmp_path / "real" / "again").symlink_to(tmp_path / "real" / "a" / "1")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert [found.name for found in walk(str(tmp_path / "link")) if not found.refusal] == ["a/1", "again"]


def test_deep_folders_are_walked(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(300):
        deep = deep / "d"
    put(deep / "1", b"x")
    (found,) = walk(str(tmp_path))
    assert found.name == "d/" * 300 + "1"


def test_inside_is_of_folders_and_not_of_letters() -> None:
    assert inside("/a/b", "/a")
    assert inside("/a", "/a")
    assert inside("/b", "/")
    assert not inside("/ab", "/a")
