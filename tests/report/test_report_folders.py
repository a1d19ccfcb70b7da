import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.report.folders import MAX_FOLDERS, Places, largest

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("sources", "file", "folder"),
    [
        (["media"], "media/a/b/c.jpg", "a"),
        (["media/"], "media/c.jpg", ""),
        (["/"], "/a/b.jpg", "a"),
        (["."], "./a/b.jpg", "a"),
        (["media", "more"], "more/a/b.jpg", "more/a"),
        (["media", "more"], "more/b.jpg", "more"),
        (["media"], "mediator/a/b.jpg", "mediator/a"),
        (["clips/a.mp4"], "clips/a.mp4", "clips"),
        (["a.mp4"], "a.mp4", ""),
        (["caf\udce9"], "caf\\xe9/a/b.jpg", "a"),
        ([], "a/b/c.jpg", "a/b"),
    ],
)
def test_the_folder_right_below_a_source(sources: list[str], file: str, folder: str) -> None:
    assert Places(sources).folder(file) == folder


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=4), NAMES)
def test_any_name_has_one(root: list[str], folders: list[str], name: str) -> None:
    places = Places(["/".join(root)])
    found = places.folder("/".join([*root, *folders, name]))
    assert found == folders[0] or "/".join(root).endswith("/")
    assert "/".join([*root, name]).startswith(places.root)


def test_names_are_shortened_for_one_source_only() -> None:
    assert Places(["/data/media/"]).root == "/data/media/"
    assert Places(["/data/media", "/data/more"]).root == ""
    assert Places([]).root == ""


def test_the_largest_are_kept() -> None:
    files = {f"{i:02}": i for i in range(20)}
    found = largest(files, {"03": np.array([1, 0, 0, 0, 0, 0, 0, 1])})
    assert len(found) == MAX_FOLDERS
    assert [folder.name for folder in found[:3]] == ["03", "19", "18"]
    assert found[1].faces.tolist() == [0] * 8
