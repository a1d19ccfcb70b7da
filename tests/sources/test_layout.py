import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.params import Data
from tasks.sources.layout import Place, arrange
from tasks.sources.pattern import compiled
from tasks.sources.words import words

WORDS = words(Data())


def placed(*names: str) -> list[tuple[str, str] | None]:
    found = arrange(names, WORDS).places
    return [place and (WORDS.split(place.split) or "", place.label) for place in found]


@pytest.mark.parametrize(
    ("name", "split", "label"),
    [
        ("train/happy/1.jpg", "training", "happy"),
        ("Train/HAPPINESS/1.jpg", "training", "HAPPINESS"),
        ("test/anger/1.jpg", "test", "anger"),
        ("test/angry/PublicTest_77.jpg", "public", "angry"),
        ("test/angry/PrivateTest_77.jpg", "private", "angry"),
        ("test/angry/Training_77.jpg", "training", "angry"),
        ("PublicTest/fear/1.png", "public", "fear"),
        ("PrivateTest/fearful/1.png", "private", "fearful"),
        ("val/surprised/1.png", "validation", "surprised"),
        ("fer2013/train/sadness/1.jpg", "training", "sadness"),
        ("a/b/test/disgusted/1.jpg", "test", "disgusted"),
        ("my-faces/neutral/1.jpg", "training", "neutral"),
        ("neutral/1.jpg", "training", "neutral"),
        ("train\\happy\\1.jpg", "training", "happy"),
        ("/train/happy/1.jpg", "training", "happy"),
        ("./train/happy/deeper/1.jpg", "training", "happy"),
    ],
)
def test_names_say_split_and_class(name: str, split: str, label: str) -> None:
    assert placed(name) == [(split, label)]


def test_several_folders_beside_each_other_are_splits() -> None:
    assert placed("Studio A/happy/1.jpg", "street/sad/2.jpg") == [("studio a", "happy"), ("street", "sad")]


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "train/happy/.DS_Store", "train/happy/Thumbs.db", "__MACOSX/train/happy/._1.jpg", "../happy/1.jpg"],
)
def test_junk_and_ways_out_of_the_root_have_no_place(name: str) -> None:
    layout = arrange([name, "train/happy/1.jpg"], WORDS)
    assert layout.places[0] is None
    assert layout.places[1] is not None
    assert layout.strays == []


def test_files_beside_class_folders_are_strays() -> None:
    names = ["README.md", "train/notes.txt", "docs/guide.pdf", "train/happy/1.jpg", "test/sad/2.jpg"]
    layout = arrange(names, WORDS)
    assert layout.keys == names
    assert layout.strays == [0, 1, 2]
    assert [place is None for place in layout.places] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("name", "split", "label"),
    [
        ("train/contempt/1.jpg", "training", "contempt"),
        ("train/contempt/deeper/1.jpg", "training", "contempt"),
        ("test/contempt/1", "test", "contempt"),
        ("test/contempt/PrivateTest_1.jpg", "private", "contempt"),
        ("contempt/1.jpg", "training", "contempt"),
    ],
)
def test_images_of_a_class_that_is_not_known_have_a_place(name: str, split: str, label: str) -> None:
    assert placed("train/happy/1.jpg", "test/sad/1.jpg", name)[2] == (split, label)


def test_a_pattern_says_where_everything_stands() -> None:
    names = ["train/7/S1_a.jpg", "train/7/S1.jpg", "train/happy/notes.txt", ".git/7/S1_a.jpg"]
    layout = arrange(names, WORDS, compiled("{split}/{label}/{group}_{}.jpg"))
    assert layout.places == [Place("train", "7", "S1"), None, None, None]
    assert layout.strays == [1, 2]


@given(st.lists(st.text("ab/\\. ", max_size=12).map(lambda middle: f"x{middle}/happy/{middle}f.jpg"), max_size=5))
def test_places_come_in_the_order_of_the_names(names: list[str]) -> None:
    layout = arrange(names, WORDS)
    assert len(layout.places) == len(layout.keys) == len(names)
    for place in layout.places:
        assert place is None or (place.label == "happy" and ".." not in place.split.split("/"))
