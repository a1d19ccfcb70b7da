import glob
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.media import pattern


@pytest.mark.parametrize(
    ("wanted", "path", "fits"),
    [
        ("/a/*.jpg", "/a/x.jpg", True),
        ("/a/*.jpg", "/a/b/x.jpg", False),
        ("/a/*.jpg", "/a/.x.jpg", False),
        ("/a/.*.jpg", "/a/.x.jpg", True),
        ("/a/**/*.jpg", "/a/x.jpg", True),
        ("/a/**/*.jpg", "/a/b/c/x.jpg", True),
        ("/a/**/*.jpg", "/a/b/.c/x.jpg", False),
        ("/a/**/*.jpg", "/a/b/x.jpg.txt", False),
        ("/a/**", "/a/b/c", True),
        ("/a/**", "/a/.b", False),
        ("/a/20?9", "/a/2019/deep/x", True),
        ("/a/20?9", "/a/2018/x", False),
        ("/a/[!x]*.png", "/a/y.png", True),
        ("/a/[!x]*.png", "/a/x.png", False),
        ("/a/[z-a].png", "/a/z.png", False),
        ("*.jpg", "./x.jpg", True),
        ("/*.jpg", "/x.jpg", True),
        ("s3://b/*/**/x", "s3://b/1/2/x", True),
        ("s3://b/*/**/x", "s3://b/x", False),
    ],
)
def test_patterns(wanted: str, path: str, fits: bool) -> None:
    assert pattern.is_one(wanted)
    assert pattern.compiled(wanted)(path) is fits


@pytest.mark.parametrize(
    ("wanted", "base"),
    [
        ("/a/b*/c", "/a"),
        ("*.jpg", "."),
        ("/*", "/"),
        ("s3://b/x*", "s3://b"),
        ("s3://b/a/**", "s3://b/a"),
        ("a/[", "a"),
    ],
)
def test_the_folder_above(wanted: str, base: str) -> None:
    assert pattern.base(wanted) == base


_NAME = st.sampled_from(["a", "b", "ab", ".a", "c.d"])
_PART = st.sampled_from(["a", "*", "?", "a*", "[ab]", "[!a]", ".*", "*.d", "**"])


@settings(deadline=None)
@given(
    st.sets(st.lists(_NAME, min_size=1, max_size=4).map("/".join), max_size=6), st.lists(_PART, min_size=1, max_size=4)
)
def test_as_pythons_glob(tmp_path_factory: pytest.TempPathFactory, names: set[str], parts: list[str]) -> None:
    """A file matches when it, or a folder that it lies in, is what Python's glob gives."""
    root = tmp_path_factory.mktemp("tree")
    for name in names:
        place = root / name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        except OSError:  # another name has a folder, or a file, there
            continue
    wanted = "/".join([str(root), *parts])
    if not pattern.is_one(wanted):
        return
    base, matches = Path(pattern.base(wanted)), pattern.compiled(wanted)
    given = set(glob.glob(wanted, recursive=True))  # noqa: PTH207
    if parts[-1] == "**":
        given = {one for one in given if not one.endswith("/")}  # there it stands for no folder at all too
    for path in (one for one in base.rglob("*") if one.is_file()):
        assert matches(str(path)) is not given.isdisjoint(str(one) for one in (path, *path.parents)), (wanted, path)
