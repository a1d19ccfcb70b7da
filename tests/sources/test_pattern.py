import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ParamsError
from tasks.sources.pattern import Captured, compiled


@pytest.mark.parametrize(
    ("pattern", "path", "captured"),
    [
        ("{split}/{label}/{}", "train_set/7/123.jpg", ("train_set", "7", "")),
        ("{label}/{group}_{}.png", "anger/S010_004_00000017.png", ("", "anger", "S010")),
        ("{label}/{group}_{}.png", "anger/S010_004_00000017.PNG", ("", "anger", "S010")),
        ("{split}/{label}/{}_aligned.jpg", "train/1/train_00001_aligned.jpg", ("train", "1", "")),
        ("{split}/{label}/{}_aligned.jpg", "train/1/train_00001.jpg", None),
        ("{split}/{label}/{}", "train/7/deeper/123.jpg", None),
        ("{split}/{label}/{**}", "train/7/deeper/123.jpg", ("train", "7", "")),
        ("{**}/{label}/{}", "happy/1.jpg", ("", "happy", "")),
        ("{**}/{label}/{}", "a/b/happy/1.jpg", ("", "happy", "")),
        ("{group}.{label}.[x]+.{}", "YM.HA1.[x]+.tiff", ("", "HA1", "YM")),
        ("{group}.{label}.[x]+.{}", "YM.HA1.xx.tiff", None),
        ("{label}-{}", "-1", None),  # a name is at least one character
    ],
)
def test_paths_are_read(pattern: str, path: str, captured: tuple[str, str, str] | None) -> None:
    expected = captured and Captured(path, *captured)
    assert compiled(pattern).read(path) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "written"),
    [
        ("{split}_{}.jpg -> aligned/{split}_{}_aligned.jpg", "train_00001.jpg", "aligned/train_00001_aligned.jpg"),
        ("{}/{}.jpg -> {}-{}.png", "a/b.jpg", "a-b.png"),
        ("{**}/{group}/{} -> {group}/{**}/{}", "a/b/S1/x", "S1/a/b/x"),
        ("{**}/{group}/{} -> {group}/{**}/{}", "S1/x", "S1/x"),
        ("{} -> Image/{}", "x.jpg", "Image/x.jpg"),
    ],
)
def test_paths_are_written_anew(pattern: str, path: str, written: str) -> None:
    captured = compiled(pattern).read(path)
    assert captured is not None
    assert captured.path == written


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{split}/{}", "has no {label}"),
        ("{label}/{label}", "has {label} twice"),
        ("{label}/{subject}", "has {subject}. Known: {}, {**}, {split}, {label}, {group}"),
        ("{label}/{", "has a brace without its other half"),
        ("{label}/}x", "has a brace without its other half"),
        ("{label}/{} -> {}/{}", "has more {} on the right"),
        ("{label}/{} -> {group}/{}", "has more {group} on the right"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_named(pattern: str, message: str) -> None:
    with pytest.raises(ParamsError) as caught:
        compiled(pattern, ("label",))
    assert str(caught.value).startswith(f"data.pattern: {pattern!r} ")
    assert message in str(caught.value)


@given(st.text("ab{}*/._- >", max_size=14), st.text("ab/._-", max_size=12))
def test_any_text_is_a_pattern_or_said_to_be_none(text: str, path: str) -> None:
    try:
        pattern = compiled(text)
    except ParamsError:
        return
    captured = pattern.read(path)
    assert captured is None or "/" not in captured.label + captured.group + captured.split


@given(st.text("ab.()[]+?\\", min_size=1, max_size=8))
def test_what_is_no_hole_stands_for_itself(literal: str) -> None:
    assert compiled(literal).read(literal) == Captured(literal)
    assert compiled(literal).read(literal + "x") is None
