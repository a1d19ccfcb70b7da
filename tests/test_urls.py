import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import urls


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/photos/a@b?token=1", "/photos/a@b?token=1"),
        ("s3://bucket/what?.jpg", "s3://bucket/what?.jpg"),
        ("s3://key:secret@bucket/a@b.jpg", "s3://bucket/a@b.jpg"),
        ("https://me:secret@host/a.jpg", "https://host/a.jpg"),
        ("https://me:se@cret@host:80/a.jpg#x", "https://host:80/a.jpg#x"),
        ("https://h/a?id=7&X-Amz-Signature=ab&X-Amz-Credential=cd&page=2", "https://h/a?id=7&page=2"),
        ("https://h/a?Signature=x&Expires=1&Key-Pair-Id=y", "https://h/a"),
        ("https://h/a?sv=2024&se=9&sig=x&id=1", "https://h/a?id=1"),
        ("https://h/a?st=5&id=1", "https://h/a?st=5&id=1"),
        ("https://h/a?access%5Ftoken=5", "https://h/a"),
        ("https://h?apiKey=5", "https://h"),
    ],
)
def test_what_lets_its_holder_in_is_not_shown(url: str, shown: str) -> None:
    assert urls.shown(url) == shown
    assert urls.masked(f"no '{url}' there") == f"no '{shown}' there"


_WORD = st.text("abcXYZ019._-", min_size=1, max_size=8)


@given(st.sampled_from(["https", "http", "s3", "ftp"]), _WORD, _WORD, st.lists(_WORD, max_size=3))
def test_no_password_is_shown(scheme: str, host: str, name: str, folders: list[str]) -> None:
    path = "/".join([host, *folders, name])
    assert urls.shown(f"{scheme}://user:GEHEIM@{path}") == f"{scheme}://{path}"
    assert urls.shown(f"{scheme}://{path}") == f"{scheme}://{path}"


def test_names_are_joined_and_parted() -> None:
    assert urls.join("s3://b/", "x/y") == "s3://b/x/y"
    assert urls.join("a", "") == "a"
    assert [urls.folder_of(path) for path in ("s3://b/x", "/x", "x", "a/b/c")] == ["s3://b", "/", ".", "a/b"]
